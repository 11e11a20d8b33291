/** Windows bitmaps: 1 to 32 bits a pixel, palettes, bit masks, run lengths. The alpha channel is left out. */
import { bitmapRuns } from "./bmp-runs.js";
import { unpackRows } from "./packed-rows.js";
import { bytesAt, checkSize, flipRows, type StoredImage } from "./stored-image.js";

interface Header {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** 0 none, 1 and 2 run lengths of 8 and 4 bits, 3 and 6 bit masks. */
  readonly compression: number;
  readonly topDown: boolean;
  readonly palette: Uint8Array | undefined;
  readonly masks: readonly [red: number, green: number, blue: number];
  /** Where the pixels begin. */
  readonly start: number;
}

const headerSizes = [12, 40, 52, 56, 64, 108, 124];
const knownBits = [1, 4, 8, 16, 24, 32];

/** Reads a BMP file. Throws an `Error` for damaged files and unknown kinds. */
export function readBmp(bytes: Uint8Array): StoredImage {
  return pixels(bytes, header(bytes, 14, new DataView(bytes.buffer, bytes.byteOffset).getUint32(10, true)));
}

/** Reads the bitmap inside an icon, whose header counts the rows of the transparency mask, too. */
export function readIconBitmap(bytes: Uint8Array): StoredImage {
  const both = header(bytes, 0);
  return pixels(bytes, { ...both, height: both.height >> 1 });
}

function header(bytes: Uint8Array, at: number, pixelsAt?: number): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(at, true);
  if (!headerSizes.includes(size)) throw new Error(`a header of ${size} bytes is not known`);
  const old = size === 12;
  const width = old ? view.getUint16(at + 4, true) : view.getInt32(at + 4, true);
  const signed = old ? view.getUint16(at + 6, true) : view.getInt32(at + 8, true);
  const bits = view.getUint16(at + (old ? 10 : 14), true);
  const compression = old ? 0 : view.getUint32(at + 16, true);
  const masked = compression === 3 || compression === 6;
  if (!knownBits.includes(bits) || !(compression < 3 || masked) || (masked && (bits < 16 || size === 64))) {
    throw new Error(`${bits} bits a pixel with compression ${compression} are not read`);
  }
  checkSize(width, Math.abs(signed));
  // Masks follow a header that has no room for them.
  const colorsAt = at + size + (masked && size === 40 ? 4 * (compression === 6 ? 4 : 3) : 0);
  const stored = old ? 0 : view.getUint32(at + 32, true);
  const count = bits > 8 ? 0 : Math.min(stored || 1 << bits, 1 << bits);
  const each = old ? 3 : 4;
  const start = pixelsAt || colorsAt + count * each;
  const room = Math.max(0, Math.min(count, Math.floor((start - colorsAt) / each)));
  return {
    ...{ width, height: Math.abs(signed), bits, compression, topDown: signed < 0, start },
    palette: bits > 8 ? undefined : colors(bytesAt(bytes, colorsAt, room * each), each),
    masks: masksOf(bits, masked ? [40, 44, 48].map((from) => view.getUint32(at + from, true)) : []),
  };
}

/** Blue, green, red (and a byte of nothing) to red, green, blue. */
function colors(entries: Uint8Array, each: number): Uint8Array {
  const of = (i: number) => entries[Math.floor(i / 3) * each + 2 - (i % 3)] ?? 0;
  return Uint8Array.from({ length: (entries.length / each) * 3 }, (_, i) => of(i));
}

function masksOf(bits: number, [red = 0, green = 0, blue = 0]: readonly number[]): Header["masks"] {
  if (red || green || blue) return [red, green, blue];
  return bits === 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff0000, 0xff00, 0xff];
}

function pixels(bytes: Uint8Array, head: Header): StoredImage {
  const { width, height, bits, compression, topDown, palette, start } = head;
  if (compression === 1 || compression === 2) {
    const data = bitmapRuns(bytes.subarray(start), width, height, compression === 2);
    return { width, height, channels: 1, data: topDown ? data : flipRows(data, width), ...(palette && { palette }) };
  }
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  // The filling of the last row may be missing.
  const needed = rowBytes * (height - 1) + Math.ceil((width * bits) / 8);
  bytesAt(bytes, start, needed);
  const raw = new Uint8Array(rowBytes * height);
  raw.set(bytes.subarray(start, start + raw.length));
  const rows = topDown ? raw : flipRows(raw, rowBytes);
  if (palette) {
    const data = unpackRows(rows, { count: width, height, depth: bits, rowBytes });
    return { width, height, channels: 1, data, palette };
  }
  return { width, height, channels: 3, data: bits === 24 ? plain(rows, head, rowBytes) : masked(rows, head, rowBytes) };
}

function plain(rows: Uint8Array, { width, height }: Header, rowBytes: number): Uint8Array {
  const out = new Uint8Array(width * height * 3);
  for (let y = 0, to = 0; y < height; y++) {
    for (let from = y * rowBytes, end = from + 3 * width; from < end; from += 3, to += 3) {
      out[to] = rows[from + 2] ?? 0;
      out[to + 1] = rows[from + 1] ?? 0;
      out[to + 2] = rows[from] ?? 0;
    }
  }
  return out;
}

function masked(rows: Uint8Array, { width, height, bits, masks }: Header, rowBytes: number): Uint8Array {
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  const out = new Uint8Array(width * height * 3);
  const fields = masks.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { mask, shift, top: Math.max(1, mask >>> shift) };
  });
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * rowBytes + (x * bits) / 8;
      const pixel = bits === 16 ? view.getUint16(at, true) : view.getUint32(at, true);
      for (const { mask, shift, top } of fields) out[to++] = Math.floor((((pixel & mask) >>> shift) * 255) / top);
    }
  }
  return out;
}
