/** The stored samples of a PNG file, without any conversion: palette indices and 1 to 4 bit values stay what they are. */
import { promisify } from "node:util";
import { inflate, inflateSync } from "node:zlib";

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

/**
 * Reads the samples of a PNG that is not interlaced. The decompression of larger files runs on another thread.
 * Throws an `Error` when the file is damaged or cut short.
 */
export async function pngSamples(bytes: Uint8Array, header: PngHeader): Promise<PngSamples> {
  const channels = channelsOf[header.color];
  const rowBytes = Math.ceil((header.width * channels * header.depth) / 8);
  const packed = compressedData(bytes);
  const expected = (rowBytes + 1) * header.height;
  // One byte more than expected is allowed, so that a file that holds too much is seen and a bomb is not unpacked.
  const options = { maxOutputLength: expected + 1 };
  const raw = packed.length < smallFile ? inflateSync(packed, options) : await inflateLater(packed, options);
  if (raw.length < expected) throw new Error(`the image data end after ${raw.length} of ${expected} bytes`);
  const rows = unfilter(raw, rowBytes, header.height, Math.max(1, (channels * header.depth) / 8));
  return { header, channels, data: unpack(rows, rowBytes, header, channels) };
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
  if (filter === 0) return 0;
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

function unpack(rows: Uint8Array, rowBytes: number, header: PngHeader, channels: number): Uint8Array | Uint16Array {
  const { width, height, depth } = header;
  if (depth === 8) return rows;
  const count = width * channels;
  if (depth === 16) {
    return Uint16Array.from({ length: count * height }, (_, i) => ((rows[2 * i] ?? 0) << 8) | (rows[2 * i + 1] ?? 0));
  }
  const out = new Uint8Array(count * height);
  const perByte = 8 / depth;
  const mask = (1 << depth) - 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < count; x++) {
      const byte = rows[y * rowBytes + Math.floor(x / perByte)] ?? 0;
      out[y * count + x] = (byte >> (8 - depth * ((x % perByte) + 1))) & mask;
    }
  }
  return out;
}
