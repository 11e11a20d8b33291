/**
 * Decoding of image files, off the JavaScript thread.
 *
 * NOTE [ what a decoder may change ] Left to its defaults, sharp turns palette indices into colours, stretches grey
 * values of 1 to 4 bits, reads 16-bit grey as 8-bit, converts by embedded colour profiles and ignores the orientation a
 * camera noted. Each of these is decided here: photos come upright and without colour management (as Pillow reads them,
 * which never rotates), masks keep the numbers that are in the file.
 */
import { readFile as readFileCallback } from "node:fs";
import { promisify } from "node:util";
import sharp, { type Sharp } from "sharp";
import { ImageError, unreadable } from "./image-error.js";
import { type Pixels, toGrey, toRgb } from "./pixels.js";
import { type PngHeader, type PngSamples, pngHeader, pngSamples } from "./png-samples.js";

const readFile = promisify(readFileCallback);

/** An image file's bytes and where they came from. */
export interface EncodedImage {
  readonly bytes: Uint8Array;
  /** The file, for error messages. */
  readonly file?: string;
}

/** Reads a file. Throws an `ImageError` naming it. */
export async function readImageFile(where: string, file: string): Promise<EncodedImage> {
  try {
    return { bytes: await readFile(file), file };
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ImageError(`${where}: expected an image file, got ${reason} for ${file}. Check the path.`, {
      file,
      cause,
    });
  }
}

let configured = false;

function open(bytes: Uint8Array): Sharp {
  if (!configured) {
    // Many images are in flight at once, one thread each; a file is decoded once, so a cache only costs memory.
    sharp.concurrency(1);
    sharp.cache(false);
    configured = true;
  }
  return sharp(bytes, { autoOrient: true, ignoreIcc: true, failOn: "error", limitInputPixels: 2 ** 30 });
}

async function raw(image: Sharp): Promise<Pixels> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

async function guarded<T>(where: string, { bytes, file }: EncodedImage, decode: () => Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (cause) {
    if (cause instanceof ImageError) throw cause;
    throw unreadable(where, bytes, file, cause);
  }
}

/** Below this many pixels a PNG is read faster here than by handing it to another thread (28 x 28 digits: 20 times). */
const smallPng = 64 * 64;

function readsHere(header: PngHeader | undefined): header is PngHeader {
  const small = header !== undefined && header.width * header.height <= smallPng;
  return small && header.depth === 8 && header.color !== "palette" && !header.interlaced;
}

function asPixels({ header, channels, data }: PngSamples): Pixels {
  return { data: Uint8Array.from(data), width: header.width, height: header.height, channels };
}

/** 16-bit grey cut off at 255, as Pillow converts it, or divided by 256. */
async function grey16(bytes: Uint8Array, high: "clip" | "scale"): Promise<Pixels> {
  const { data, info } = await open(bytes)
    .removeAlpha()
    .toColourspace("grey16")
    .raw({ depth: "ushort" })
    .toBuffer({ resolveWithObject: true });
  const values = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  const out = Uint8Array.from(values, high === "clip" ? (v) => Math.min(v, 255) : (v) => v >> 8);
  return { data: out, width: info.width, height: info.height, channels: 1 };
}

async function isGrey16(bytes: Uint8Array, header: PngHeader | undefined): Promise<boolean> {
  if (header) return header.depth === 16 && header.color === "grey";
  // "II" or "MM": of the other formats only TIFF stores 16-bit grey.
  const tiff = (bytes[0] === 0x49 && bytes[1] === 0x49) || (bytes[0] === 0x4d && bytes[1] === 0x4d);
  return tiff && (await open(bytes).metadata()).space === "grey16";
}

/** What to do with grey values above 255: cut them off as Pillow does, or divide them by 256. */
export interface DecodeOptions {
  /** Default `"clip"`. */
  high?: "clip" | "scale";
}

/** Decodes to three channels, upright. Throws an `ImageError`. */
export function decodeRgb(where: string, source: EncodedImage, options: DecodeOptions = {}): Promise<Pixels> {
  return guarded(where, source, async () => {
    const { bytes } = source;
    const header = pngHeader(bytes);
    if (readsHere(header)) return toRgb(asPixels(await pngSamples(bytes, header)));
    if (await isGrey16(bytes, header)) return toRgb(await grey16(bytes, options.high ?? "clip"));
    return toRgb(await raw(open(bytes).removeAlpha().toColourspace("srgb")));
  });
}

/** Decodes to one channel, upright. Colours become grey as in Pillow. Throws an `ImageError`. */
export function decodeGrey(where: string, source: EncodedImage, options: DecodeOptions = {}): Promise<Pixels> {
  return guarded(where, source, async () => {
    const { bytes } = source;
    const header = pngHeader(bytes);
    if (readsHere(header)) return toGrey(asPixels(await pngSamples(bytes, header)));
    if (await isGrey16(bytes, header)) return grey16(bytes, options.high ?? "clip");
    return toGrey(await raw(open(bytes).removeAlpha().toColourspace("srgb")));
  });
}

/**
 * Decodes a mask to one channel holding the numbers in the file: palette indices, and grey values of any depth.
 * Throws an `ImageError`, also for a value above 255.
 */
export function decodeMask(where: string, source: EncodedImage): Promise<Pixels> {
  const header = pngHeader(source.bytes);
  const stored = header && !header.interlaced && ["palette", "grey"].includes(header.color);
  if (!stored) return decodeGrey(where, source);
  return guarded(where, source, async () => {
    const samples = await pngSamples(source.bytes, header);
    let highest = 0;
    for (const value of samples.data) highest = Math.max(highest, value);
    if (highest <= 255) return asPixels(samples);
    throw new ImageError(
      `${where}: expected mask values from 0 to 255, got ${highest} in ${source.file ?? "the given bytes"}. ` +
        "Store the class numbers themselves.",
      source.file === undefined ? {} : { file: source.file },
    );
  });
}
