/** Truevision TGA: grey, palette and colours, plain or by run lengths. The alpha channel is left out. */
import { bytesAt, checkSize, flipRows, type StoredImage } from "./stored-image.js";

const kinds: Readonly<Record<number, readonly number[]>> = { 1: [8], 2: [16, 24, 32], 3: [8, 16] };

/** Whether the first bytes make sense as a TGA header; the format has no signature at its start. */
export function looksLikeTga(bytes: Uint8Array): boolean {
  if (bytes.length < 18) return false;
  const [, palette = 9, type = 0] = bytes;
  const depth = bytes[16] ?? 0;
  const sized = (bytes[12] || bytes[13]) && (bytes[14] || bytes[15]);
  const fits = [1, 2, 3].some((kind) => (type === kind || type === kind + 8) && kinds[kind]?.includes(depth));
  return Boolean(sized) && fits && palette <= 1 && ((type & 7) !== 1 || palette === 1) && (bytes[17] ?? 0) < 64;
}

/** Reads a TGA file. Throws an `Error` for damaged files and unknown kinds. */
export function readTga(bytes: Uint8Array): StoredImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [idLength, hasPalette, type, depth, flags] = [0, 1, 2, 16, 17].map((at) => view.getUint8(at)) as number[];
  const [first, length] = [view.getUint16(3, true), view.getUint16(5, true)];
  const [width, height] = [view.getUint16(12, true), view.getUint16(14, true)];
  checkSize(width, height);
  const step = (depth ?? 0) / 8;
  const paletteStep = (view.getUint8(7) + 1) >> 3; // 15 bits are stored as 16
  const paletteAt = 18 + (idLength ?? 0);
  const stored = hasPalette ? bytesAt(bytes, paletteAt, length * paletteStep) : new Uint8Array(0);
  const from = paletteAt + stored.length;
  const size = width * height * step;
  const raw = ((type ?? 0) & 8) === 0 ? bytesAt(bytes, from, size) : unrun(bytes.subarray(from), size, step);
  const upright = turned(raw, width * step, step, flags ?? 0);
  const kind = (type ?? 0) & 7;
  if (kind === 2) return { width, height, channels: 3, data: colors(upright, step) };
  const data = step === 1 ? upright : Uint8Array.from({ length: width * height }, (_, i) => upright[i * step] ?? 0);
  if (kind === 3) return { width, height, channels: 1, data };
  const palette = new Uint8Array(3 * (first + length));
  palette.set(colors(stored, paletteStep), 3 * first);
  return { width, height, channels: 1, data, palette };
}

/** Packets of up to 128 pixels: one pixel repeated, or so many pixels. */
function unrun(bytes: Uint8Array, size: number, step: number): Uint8Array {
  // Memory stays in proportion to the file.
  if (size > 128 * bytes.length) throw new Error(`${bytes.length} bytes are too few for ${size} unpacked`);
  const out = new Uint8Array(size);
  for (let from = 0, to = 0; to < size; ) {
    const packet = bytes[from];
    if (packet === undefined) throw new Error(`the image data end after ${to} of ${size} bytes`);
    const length = Math.min(((packet & 127) + 1) * step, size - to);
    const repeated = packet > 127;
    const source = bytesAt(bytes, from + 1, repeated ? step : length);
    for (let i = 0; i < length; i++) out[to + i] = source[repeated ? i % step : i] ?? 0;
    to += length;
    from += 1 + source.length;
  }
  return out;
}

/** Rows from the top, columns from the left. Files usually begin at the bottom. */
function turned(data: Uint8Array, rowBytes: number, step: number, flags: number): Uint8Array {
  const rows = flags & 0x20 ? data : flipRows(data, rowBytes);
  if ((flags & 0x10) === 0) return rows;
  const mirrored = (i: number) => i - (i % rowBytes) + rowBytes - step - ((i % rowBytes) - (i % step)) + (i % step);
  return Uint8Array.from(rows, (_, i) => rows[mirrored(i)] ?? 0);
}

/** Blue, green, red of 8 bits or, in 2 bytes, of 5, to red, green, blue. */
function colors(data: Uint8Array, step: number): Uint8Array {
  const out = new Uint8Array((data.length / step) * 3);
  for (let from = 0, to = 0; from < data.length; from += step, to += 3) {
    const pair = (data[from] ?? 0) | ((data[from + 1] ?? 0) << 8);
    for (let c = 0; c < 3; c++) {
      out[to + c] = step > 2 ? (data[from + 2 - c] ?? 0) : Math.floor((((pair >> (10 - 5 * c)) & 31) * 255) / 31);
    }
  }
  return out;
}
