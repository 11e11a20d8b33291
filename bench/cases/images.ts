import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Resize, RgbImage } from "fastai-ts/vision";
import sharp from "sharp";
import type { Iterate, Prepare } from "./iterate.js";

/** A file of the size given that is neither flat nor noise: waves of colour. The peer draws the same. */
async function jpeg(width: number, height: number): Promise<string> {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      data[at] = 128 + 120 * Math.sin(x / 9 + y / 31);
      data[at + 1] = 128 + 120 * Math.sin(x / 5 - y / 7);
      data[at + 2] = (x * y) % 256;
    }
  }
  const file = join(mkdtempSync(join(tmpdir(), "fastai-ts-bench-")), "image.jpg");
  writeFileSync(
    file,
    await sharp(data, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 90 })
      .toBuffer(),
  );
  return file;
}

function each(work: () => Promise<unknown>): Iterate {
  return async (n) => {
    for (let i = 0; i < n; i++) await work();
    return n;
  };
}

/** One image after the other, file to bytes. */
export const images: Record<string, Prepare> = {
  "image.decode": async () => {
    const file = await jpeg(224, 224);
    return each(() => RgbImage.open(file));
  },
  "image.decode.resize": async () => {
    const file = await jpeg(1200, 800);
    const resize = new Resize(128);
    // What an ImageBlock does.
    const open = RgbImage.open.later ?? RgbImage.open;
    return each(async () => resize.encode(await open(file)));
  },
};
