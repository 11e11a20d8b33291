import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { renderAsync } from "@resvg/resvg-js";
import sharp from "sharp";
import { Dice } from "./dice.js";
import { type Draw, objects } from "./objects.js";
import { scene } from "./scene.js";

/** How many pictures there are and how large. */
export interface PictureSetOptions {
  /** Pictures of each class for training and for validation. Default 220 and 60. */
  train?: number;
  valid?: number;
  /** Pixels of each side. Default 96. */
  size?: number;
  seed?: number;
  /** Called with the share that is done, 0..1. */
  onProgress?: (pct: number) => void;
}

const drawingVersion = 1; // raise it when the drawings change, so that older sets are made again

/**
 * Draws a set of JPEG pictures of ten classes into `folder/train/<class>` and `folder/valid/<class>`, the same for the
 * same seed. A set that is there already is left alone. Returns whether it was drawn.
 */
export async function makePictures(folder: string, options: PictureSetOptions = {}): Promise<boolean> {
  const { train = 220, valid = 60, size = 96, seed = 42, onProgress = () => {} } = options;
  const stamp = JSON.stringify({ drawingVersion, train, valid, size, seed });
  const stampFile = join(folder, "made.json");
  if ((await readFile(stampFile, "utf8").catch(() => "")) === stamp) return false;
  await rm(folder, { recursive: true, force: true });
  const jobs = await layOut(folder, { train, valid });
  let done = 0;
  const next = jobs.entries();
  const worker = async () => {
    for (const [i, { file, draw }] of next) {
      await writeFile(file, await picture(draw, new Dice(seed * 1_000_003 + i * 7919), size));
      onProgress(++done / jobs.length);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker)); // drawing and encoding run on the thread pool of Node
  await writeFile(stampFile, stamp);
  return true;
}

async function layOut(folder: string, counts: Record<string, number>): Promise<{ file: string; draw: Draw }[]> {
  const jobs: { file: string; draw: Draw }[] = [];
  for (const [split, count] of Object.entries(counts)) {
    for (const [name, draw] of Object.entries(objects)) {
      await mkdir(join(folder, split, name), { recursive: true });
      for (let i = 0; i < count; i++)
        jobs.push({ file: join(folder, split, name, `${String(i).padStart(4, "0")}.jpg`), draw });
    }
  }
  return jobs;
}

/** One picture as a JPEG file, with the noise and softness of a cheap camera. */
async function picture(draw: Draw, dice: Dice, size: number): Promise<Uint8Array> {
  const image = await renderAsync(scene(draw, dice, size), { font: { loadSystemFonts: false } });
  const pixels = image.pixels;
  const [noise, gain] = [dice.between(3, 18), dice.between(0.8, 1.15)];
  const shade = [dice.between(-12, 12), dice.between(-12, 12), dice.between(-12, 12)];
  const rgb = new Uint8ClampedArray(size * size * 3);
  for (let i = 0, at = 0; i < pixels.length; i += 4) {
    const grain = (dice.between(-1, 1) + dice.between(-1, 1)) * noise;
    for (let c = 0; c < 3; c++) rgb[at++] = (pixels[i + c] ?? 0) * gain + grain + (shade[c] ?? 0);
  }
  const camera = sharp(rgb, { raw: { width: size, height: size, channels: 3 } });
  if (dice.chance(0.4)) camera.blur(dice.between(0.4, 1.1));
  return camera.jpeg({ quality: dice.whole(70, 92) }).toBuffer();
}
