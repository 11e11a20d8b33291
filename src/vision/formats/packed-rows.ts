/** Samples of fewer or more than 8 bits, as PNG, BMP and PBM store them: the first in the highest bits. */

/** How rows of samples lie in memory. */
export interface PackedRows {
  /** Samples of a row. */
  readonly count: number;
  readonly height: number;
  /** Bits of a sample: 1, 2, 4, 8 or 16 (high byte first). */
  readonly depth: number;
  /** Bytes from one row to the next. */
  readonly rowBytes: number;
}

/** One number for each sample. */
export function unpackRows(rows: Uint8Array, { count, height, depth, rowBytes }: PackedRows): Uint8Array | Uint16Array {
  if (depth === 8 && rowBytes === count) return rows;
  const out = depth === 16 ? new Uint16Array(count * height) : new Uint8Array(count * height);
  const mask = (1 << depth) - 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < count; x++) {
      const bit = x * depth;
      const at = y * rowBytes + (bit >> 3);
      const byte = rows[at] ?? 0;
      out[y * count + x] = depth === 16 ? (byte << 8) | (rows[at + 1] ?? 0) : (byte >> (8 - depth - (bit & 7))) & mask;
    }
  }
  return out;
}
