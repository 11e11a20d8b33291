/** Small drawn scenes for vision tasks, real samples where they are at hand, and a body that trains in seconds. */
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { extractArchive } from "../../../src/data/external/extract.js";
import { ConvLayer } from "../../../src/layers/index.js";
import { nn, type Tensor } from "../../../src/torch/index.js";
import { defineArch } from "../../../src/vision/models/arch.js";
import "../../../src/vision/show-images.js"; // the rules by which pictures are made

/** A bright square on dark ground. */
export interface Scene {
  readonly file: string;
  /** x1, y1, x2, y2 in pixels. */
  readonly box: readonly [number, number, number, number];
  readonly kind: "red" | "blue";
}

/** Pixels of scenes: 32 x 32. */
export const side = 32;

function sceneAt(folder: string, i: number): Scene {
  const [x, y, width] = [(i * 5) % 17, (i * 7) % 15, 8 + (i % 3) * 3];
  const kind = i % 2 === 0 ? "red" : "blue";
  return { file: join(folder, `${kind}_${i}.png`), box: [x, y, x + width, y + width], kind };
}

function paint(value: (x: number, y: number) => readonly number[]): Buffer {
  return Buffer.from(Array.from({ length: side * side }, (_, i) => [...value(i % side, Math.floor(i / side))]).flat());
}

const inside = ([x1, y1, x2, y2]: Scene["box"], x: number, y: number) => x >= x1 && x < x2 && y >= y1 && y < y2;

async function write(file: string, pixels: Buffer, channels: 1 | 3): Promise<void> {
  await writeFile(
    file,
    await sharp(pixels, { raw: { width: side, height: side, channels } })
      .png()
      .toBuffer(),
  );
}

/** The mask of a scene's file: 1 in the square, 2 (void) in the picture's first column, else 0. */
export const maskOf = (file: string): string => file.replace(/([^/]+)\.png$/, "mask-of-$1.png");

/** Runs `body` in a folder with `n` scenes and their masks. */
export async function withScenes<T>(n: number, body: (scenes: Scene[], folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "scenes-"));
  try {
    const scenes = Array.from({ length: n }, (_, i) => sceneAt(folder, i));
    for (const { file, box, kind } of scenes) {
      const color = kind === "red" ? [220, 40, 40] : [40, 60, 220];
      await write(
        file,
        paint((x, y) => (inside(box, x, y) ? color : [30 + (x % 5) * 8, 40, 40 + (y % 3) * 9])),
        3,
      );
      await write(
        maskOf(file),
        paint((x, y) => [x === 0 ? 2 : inside(box, x, y) ? 1 : 0]),
        1,
      );
    }
    return await body(scenes, folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const archiveOf = (name: string) => fileURLToPath(new URL(`../../../../shared/data/${name}.tar.gz`, import.meta.url));

/** Whether a sample set of real data lies beside the project. */
export const hasSample = (name: string): boolean => existsSync(archiveOf(name));

/** Runs `body` in a folder with a sample set of real data, which it may change. */
export async function withSample<T>(name: string, body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "sample-"));
  try {
    await extractArchive(archiveOf(name), folder);
    return await body(join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}

class Tiny extends nn.Sequential {
  constructor(nOut: number) {
    const steps: nn.Module<[Tensor], Tensor>[] = [
      new ConvLayer(3, 8),
      new ConvLayer(8, 16, { stride: 2 }),
      new ConvLayer(16, 24, { stride: 2 }),
    ];
    super(...steps, new nn.AdaptiveAvgPool2d(1), new nn.Flatten(), new nn.Linear(24, nOut));
  }
}

/** Two halvings, 3 to 24 channels. */
export const tiny = defineArch("test_tiny", ({ nOut = 10 }: { nOut?: number } = {}) => new Tiny(nOut));
