/** The stored samples of a PNG file, without any conversion: palette indices and 1 to 4 bit values stay what they are. */
import { promisify } from "node:util";
import { inflate, inflateSync } from "node:zlib";
import { unpackRows } from "./packed-rows.js";
import { checkSize } from "./stored-image.js";

const inflateLater = promisify(inflate);

/** What the header of a PNG says. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of one sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  /** `"palette"` has one sample a pixel, an index. */
  readonly color: "grey" | "rgb" | "palette" | "grey+alpha" | "rgb+alpha";
  readonly interlaced: boolean;
}

/** Samples as stored, interleaved [height, width, channels]. */
export interface PngSamples {
  readonly header: PngHeader;
  readonly channels: number;
  readonly data: Uint8Array | Uint16Array;
}

const colors = { 0: "grey", 2: "rgb", 3: "palette", 4: "grey+alpha", 6: "rgb+alpha" } as const;
const channelsOf = { grey: 1, palette: 1, "grey+alpha": 2, rgb: 3, "rgb+alpha": 4 } as const;
// Below this, handing the work to a thread takes longer than the work.
const smallFile = 16 * 1024;

/** Reads the header; undefined when the bytes are no PNG, or its header is nonsense. */
export function pngHeader(bytes: Uint8Array): PngHeader | undefined {
  if (bytes.length < 33 || bytes[0] !== 0x89 || bytes[1] !== 0x50) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const color = colors[view.getUint8(25) as keyof typeof colors];
  const header = { width: view.getUint32(16), height: view.getUint32(20), depth: view.getUint8(24) };
  const sensible = header.width > 0 && header.height > 0 && [1, 2, 4, 8, 16].includes(header.depth);
  return color && sensible ? { ...header, color, interlaced: view.getUint8(28) !== 0 } : undefined;
}

/** Every how many pixels an image holds one of a pass, and from which on. */
interface Pass {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
}

const wholeImage: readonly Pass[] = [{ x: 0, y: 0, dx: 1, dy: 1 }];
/** The seven passes of an interlaced image, coarse to fine. */
const interlacedPasses: readonly Pass[] = [
  { x: 0, y: 0, dx: 8, dy: 8 },
  { x: 4, y: 0, dx: 8, dy: 8 },
  { x: 0, y: 4, dx: 4, dy: 8 },
  { x: 2, y: 0, dx: 4, dy: 4 },
  { x: 0, y: 2, dx: 2, dy: 4 },
  { x: 1, y: 0, dx: 2, dy: 2 },
  { x: 0, y: 1, dx: 1, dy: 2 },
];

/**
 * Reads the samples of a PNG. The decompression of larger files runs on another thread. Throws an `Error` when the file
 * is damaged or cut short.
 */
export async function pngSamples(bytes: Uint8Array, header: PngHeader): Promise<PngSamples> {
  checkSize(header.width, header.height);
  const channels = channelsOf[header.color];
  const passes = (header.interlaced ? interlacedPasses : wholeImage).map((pass) => {
    const count = Math.max(0, Math.ceil((header.width - pass.x) / pass.dx)) * channels;
    const height = Math.max(0, Math.ceil((header.height - pass.y) / pass.dy));
    const rowBytes = Math.ceil((count * header.depth) / 8);
    return { ...pass, count, height, rowBytes, depth: header.depth, bytes: count === 0 ? 0 : (rowBytes + 1) * height };
  });
  const expected = passes.reduce((sum, pass) => sum + pass.bytes, 0);
  const raw = await inflated(compressedData(bytes), expected);
  const step = Math.max(1, (channels * header.depth) / 8);
  let from = 0;
  const parts = passes.map((pass) => {
    const rows = unfilter(raw.subarray(from, from + pass.bytes), pass.rowBytes, pass.bytes && pass.height, step);
    from += pass.bytes;
    return { ...pass, data: unpackRows(rows, pass) };
  });
  const [whole] = parts;
  return { header, channels, data: whole && !header.interlaced ? whole.data : merged(parts, header, channels) };
}

async function inflated(packed: Buffer, expected: number): Promise<Buffer> {
  // A byte of deflate makes 1032 at most, so what cannot be there is refused before memory is taken for it.
  if (expected > 1032 * packed.length) throw new Error(`${packed.length} bytes are too few for ${expected} unpacked`);
  // One byte more than expected is allowed, so that a file that holds too much is seen and a bomb is not unpacked.
  const options = { maxOutputLength: expected + 1 };
  const raw = packed.length < smallFile ? inflateSync(packed, options) : await inflateLater(packed, options);
  if (raw.length < expected) throw new Error(`the image data end after ${raw.length} of ${expected} bytes`);
  return raw;
}

type Part = Pass & { readonly count: number; readonly height: number; readonly data: Uint8Array | Uint16Array };

function merged(parts: readonly Part[], { width, height, depth }: PngHeader, channels: number): PngSamples["data"] {
  const out = depth === 16 ? new Uint16Array(width * height * channels) : new Uint8Array(width * height * channels);
  for (const { x, y, dx, dy, count, height: rows, data } of parts) {
    for (let i = 0; i < count * rows; i++) {
      const [row, sample] = [Math.floor(i / count), i % count];
      const column = x + Math.floor(sample / channels) * dx;
      out[((y + row * dy) * width + column) * channels + (sample % channels)] = data[i] ?? 0;
    }
  }
  return out;
}

function compressedData(bytes: Uint8Array): Buffer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (at + 12 + length > bytes.length) throw new Error("a chunk reaches past the end of the file");
    // "IDAT"
    if (view.getUint32(at + 4) === 0x49444154) parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return Buffer.concat(parts);
}

/** Undoes the five row filters. `step` is how many bytes to the left the neighbouring pixel lies. */
function unfilter(raw: Uint8Array, rowBytes: number, height: number, step: number): Uint8Array {
  const out = new Uint8Array(rowBytes * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (rowBytes + 1)];
    if (filter === undefined || filter > 4) throw new Error(`row ${y} has the unknown filter ${filter}`);
    const from = y * (rowBytes + 1) + 1;
    const to = y * rowBytes;
    if (filter === 0) {
      out.set(raw.subarray(from, from + rowBytes), to);
      continue;
    }
    for (let x = 0; x < rowBytes; x++) {
      const left = x >= step ? (out[to + x - step] ?? 0) : 0;
      const up = y > 0 ? (out[to + x - rowBytes] ?? 0) : 0;
      const corner = x >= step && y > 0 ? (out[to + x - rowBytes - step] ?? 0) : 0;
      out[to + x] = (raw[from + x] ?? 0) + predict(filter, left, up, corner);
    }
  }
  return out;
}

function predict(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  // Paeth: the neighbour nearest to left + up - corner, ties in the order left, up, corner.
  const dLeft = Math.abs(up - corner);
  const dUp = Math.abs(left - corner);
  const dCorner = Math.abs(left + up - 2 * corner);
  if (dLeft <= dUp && dLeft <= dCorner) return left;
  return dUp <= dCorner ? up : corner;
}
