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
import { readBmp, readIconBitmap } from "./formats/bmp.js";
import { largestIcon } from "./formats/ico.js";
import { jpegHeader } from "./formats/jpeg-header.js";
import { type PngHeader, pngHeader, pngSamples } from "./formats/png-samples.js";
import { readPnm } from "./formats/pnm.js";
import { mostPixels, type StoredImage, shown } from "./formats/stored-image.js";
import { readTga } from "./formats/tga.js";
import { ImageError, unreadable } from "./image-error.js";
import { imageFormat } from "./image-format.js";
import { nativeImage, readsJpeg } from "./native-image.js";
import { inksToRgb, type Pixels, TensorPixels, toGrey, toRgb } from "./pixels.js";
import { UndecodedJpeg } from "./undecoded-jpeg.js";

const readFile = promisify(readFileCallback);

/** An image file's bytes and where they came from. */
export interface EncodedImage {
  readonly bytes: Uint8Array;
  /** The file, for error messages. */
  readonly file?: string;
  /** Whether the addon read them and nobody else has them, so that they may be freed when they were decoded. */
  readonly own?: true;
}

/** Reads a file. Throws an `ImageError` naming it. */
export async function readImageFile(where: string, file: string): Promise<EncodedImage> {
  try {
    const cached = nativeImage.readCachedFile(file);
    // In one piece of work instead of Node.js's four (open, size, read, close), which decoding waits for; the reason why a
    // file cannot be read is left to Node.js.
    const bytes = cached ?? (await nativeImage.readFileAsync(file));
    return bytes === null ? { bytes: await readFile(file), file } : { bytes, file, own: true };
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
  return sharp(bytes, { autoOrient: true, ignoreIcc: true, failOn: "error", limitInputPixels: mostPixels });
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

const isSmall = ({ width, height, depth, color }: PngHeader): boolean =>
  width * height <= smallPng && depth === 8 && color !== "palette";

/** Formats that are read on this thread; sharp does not know them. */
const readers: Readonly<Record<string, (bytes: Uint8Array) => StoredImage>> = {
  BMP: readBmp,
  // A PNG within an icon was taken out before.
  ICO: (bytes) => readIconBitmap(largestIcon(bytes)),
  PNM: readPnm,
  TGA: readTga,
};

/** What the file holds where it is read here; its bytes (an icon's image) where sharp reads it. */
async function read(bytes: Uint8Array, wants: (header: PngHeader) => boolean): Promise<StoredImage | Uint8Array> {
  const format = imageFormat(bytes);
  const icon = format === "ICO" ? largestIcon(bytes) : bytes;
  const header = pngHeader(icon);
  if (header) return wants(header) ? storedPng(icon, header) : icon;
  return readers[format]?.(bytes) ?? bytes;
}

async function storedPng(bytes: Uint8Array, header: PngHeader): Promise<StoredImage> {
  const { channels, data } = await pngSamples(bytes, header);
  const { width, height } = header;
  if (channels === 1 || channels === 3) return { width, height, channels, data };
  const kept = channels - 1; // without alpha
  const colors = Uint8Array.from(
    { length: width * height * kept },
    (_, i) => data[Math.floor(i / kept) * channels + (i % kept)] ?? 0,
  );
  return { width, height, channels: kept === 1 ? 1 : 3, data: colors };
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

/** What sharp would convert in another way than Pillow: 16-bit grey, and inks (CMYK) instead of light. */
async function special(bytes: Uint8Array): Promise<"grey16" | "cmyk" | undefined> {
  const header = pngHeader(bytes);
  if (header) return header.depth === 16 && header.color === "grey" ? "grey16" : undefined;
  const format = imageFormat(bytes);
  if (format === "JPEG") return jpegHeader(bytes)?.components === 4 ? "cmyk" : undefined;
  const space = format === "TIFF" ? (await open(bytes).metadata()).space : undefined;
  return space === "grey16" || space === "cmyk" ? space : undefined;
}

/** A JPEG's pixels; null for other files, and those that sharp reads or explains. */
async function jpeg(bytes: Uint8Array): Promise<Pixels | null> {
  const header = jpegHeader(bytes);
  const pixels = header === undefined ? null : await nativeImage.decodeJpegAsync(bytes, header.orientation);
  return pixels === null ? null : new TensorPixels(pixels);
}

/** What to do with grey values above 255: cut them off as Pillow does, or divide them by 256. */
export interface DecodeOptions {
  /** Default `"clip"`. */
  high?: "clip" | "scale";
}

/** Grey or colours, whatever the file holds. */
async function decode(bytes: Uint8Array, high: "clip" | "scale"): Promise<Pixels> {
  const content = await read(bytes, isSmall);
  if (!(content instanceof Uint8Array)) return shown(content, high);
  const photo = await jpeg(content);
  if (photo !== null) return photo;
  const kind = await special(content);
  if (kind === "grey16") return grey16(content, high);
  if (kind === "cmyk") return inksToRgb(await raw(open(content).pipelineColourspace("cmyk").toColourspace("cmyk")));
  return raw(open(content).removeAlpha().toColourspace("srgb"));
}

/**
 * A JPEG that is decoded when its pixels are wanted, as `channels` channels; undefined for files whose size cannot be
 * told without decoding, or that are no plain JPEG.
 */
export function undecoded(where: string, { bytes, file }: EncodedImage, channels: 1 | 3): UndecodedJpeg | undefined {
  const header = readsJpeg ? jpegHeader(bytes) : undefined;
  if (header === undefined || header.width === 0 || header.height === 0) return undefined;
  // Colours become grey before they are resized, as in Pillow, so they are decoded first.
  if (header.components !== 1 && header.components !== channels) return undefined;
  const source = { bytes, ...(file === undefined ? {} : { file }) };
  const decode = () => (channels === 1 ? decodeGrey : decodeRgb)(where, source);
  return new UndecodedJpeg(channels, { where, ...source, header, decode, convert: channels === 1 ? toGrey : toRgb });
}

/** Frees the bytes of a decoded file, where its pixels lie elsewhere and nobody else has the bytes. */
export function freeDecoded({ bytes, own }: EncodedImage, pixels: Pixels): void {
  if (own && pixels instanceof TensorPixels) nativeImage.forget(bytes);
}

/** Decodes to three channels, upright. Throws an `ImageError`. */
export function decodeRgb(where: string, source: EncodedImage, options: DecodeOptions = {}): Promise<Pixels> {
  return guarded(where, source, async () => toRgb(await decode(source.bytes, options.high ?? "clip")));
}

/** Decodes to one channel, upright. Colours become grey as in Pillow. Throws an `ImageError`. */
export function decodeGrey(where: string, source: EncodedImage, options: DecodeOptions = {}): Promise<Pixels> {
  return guarded(where, source, async () => toGrey(await decode(source.bytes, options.high ?? "clip")));
}

/**
 * Decodes a mask to one channel holding the numbers in the file: palette indices, and grey values of any depth.
 * Throws an `ImageError`, also for a value above 255.
 */
export function decodeMask(where: string, source: EncodedImage): Promise<Pixels> {
  return guarded(where, source, async () => {
    const { bytes, file } = source;
    const content = await read(bytes, ({ color }) => color === "palette" || color === "grey");
    if (content instanceof Uint8Array) return toGrey(await decode(content, "clip"));
    const { data, channels, width, height } = content;
    if (channels === 3) return toGrey(shown(content, "clip"));
    let highest = 0;
    for (const value of data) highest = Math.max(highest, value);
    if (highest <= 255) return { data: Uint8Array.from(data), width, height, channels };
    throw new ImageError(
      `${where}: expected mask values from 0 to 255, got ${highest} in ${file ?? "the given bytes"}. ` +
        "Store the class numbers themselves.",
      file === undefined ? {} : { file },
    );
  });
}
