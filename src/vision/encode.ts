/** Pixels as image files, off the JavaScript thread. Source: VCO-2. */
import sharp from "sharp";
import { oneOf } from "./crop-window.js";
import type { Pixels } from "./pixels.js";

const formats = ["png", "jpeg", "webp"] as const;

/** The bytes of a file; grey stays one channel. WebP is written without loss. */
export async function encodeImage(image: Pixels, format: (typeof formats)[number]): Promise<Uint8Array> {
  oneOf("toBytesFormat", "format", format, formats);
  const { data, width, height, channels } = image;
  const known = channels as 1 | 2 | 3 | 4; // what images have
  const pixels = sharp(data, { raw: { width, height, channels: known } });
  const grey = channels < 3 ? pixels.toColourspace("b-w") : pixels;
  return grey.toFormat(format, format === "webp" ? { lossless: true } : {}).toBuffer();
}
