/** Images as their files store them, before anything is converted. */
import type { Pixels } from "../pixels.js";

/** Samples from the top row on, interleaved [height, width, channels]. */
export interface StoredImage {
  readonly width: number;
  readonly height: number;
  /** 1: grey values or palette indices; 3: red, green and blue. */
  readonly channels: 1 | 3;
  readonly data: Uint8Array | Uint16Array;
  /** Red, green and blue of each index; indices beyond it are black. */
  readonly palette?: Uint8Array;
  /** The value of white. Default 255; above it, samples have 16 bits. */
  readonly white?: number;
}

/** Most pixels that are read: what a small file can claim, and unpack to, is bounded by it (800 MB of colours). */
export const mostPixels = 2 ** 28;

/** Throws when a size is empty or too large; before memory is taken for it. */
export function checkSize(width: number, height: number): void {
  if (width > 0 && height > 0 && width * height <= mostPixels) return;
  throw new Error(`its size is said to be ${width} x ${height}, between 1 and ${mostPixels} pixels can be read`);
}

/** The bytes [from, from + length), all of which must be there. */
export function bytesAt(bytes: Uint8Array, from: number, length: number): Uint8Array {
  if (from + length <= bytes.length) return bytes.subarray(from, from + length);
  throw new Error(`the image data end after ${Math.max(0, bytes.length - from)} of ${length} bytes`);
}

/** The order of the rows turned around. */
export function flipRows(data: Uint8Array, rowBytes: number): Uint8Array {
  const out = new Uint8Array(data.length);
  for (let from = 0, to = data.length - rowBytes; to >= 0; from += rowBytes, to -= rowBytes) {
    out.set(data.subarray(from, from + rowBytes), to);
  }
  return out;
}

/** To the nearest whole number, halves to the even one. */
function rounded(x: number): number {
  const nearest = Math.round(x);
  return nearest - x === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

/**
 * Eight-bit grey or colours as Pillow shows them: samples stretched so that white is 255. Sixteen-bit grey is cut off at
 * 255 ("clip") or divided by 256 ("scale"); sixteen-bit colours are stretched.
 */
export function shown(image: StoredImage, high: "clip" | "scale"): Pixels {
  const { width, height, channels, data, palette, white = 255 } = image;
  if (palette) {
    const colors = Uint8Array.from({ length: 3 * 256 }, (_, i) => palette[i] ?? 0);
    const out = new Uint8Array(data.length * 3);
    for (let i = 0; i < data.length; i++) out.set(colors.subarray(3 * (data[i] ?? 0), 3 * (data[i] ?? 0) + 3), 3 * i);
    return { data: out, width, height, channels: 3 };
  }
  if (white === 255 && data instanceof Uint8Array) return { data, width, height, channels };
  const wide = white > 255 && channels === 1;
  const shade = (value: number) => {
    const full = rounded((Math.min(value, white) / white) * (wide ? 65535 : 255));
    return wide && high === "scale" ? full >> 8 : Math.min(full, 255);
  };
  const shades = Uint8Array.from({ length: white > 255 ? 65536 : 256 }, (_, value) => shade(value));
  return { data: Uint8Array.from(data, (value) => shades[value] ?? 0), width, height, channels };
}
