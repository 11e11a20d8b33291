/** Run lengths of Windows bitmaps. */

/**
 * Palette indices [height, width] in the order of the file. Pixels that the file skips are 0, what reaches beyond a row
 * is left out. Throws an `Error` when the data could never fill the size, or end before the image does.
 */
export function bitmapRuns(bytes: Uint8Array, width: number, height: number, halves: boolean): Uint8Array {
  // Two bytes make a run of 255 at most, so memory stays in proportion to the file.
  if (width * height > 256 * bytes.length)
    throw new Error(`${bytes.length} bytes are too few for ${width} x ${height}`);
  const out = new Uint8Array(width * height);
  let [x, y, from] = [0, 0, 0];
  const put = (count: number, sample: (i: number) => number) => {
    for (let i = 0; i < count && x + i < width; i++) out[y * width + x + i] = sample(i);
    x += count;
  };
  const half = (at: number, i: number) => ((bytes[at + (i >> 1)] ?? 0) >> (i % 2 === 0 ? 4 : 0)) & 15;
  while (y < height - 1 || (y === height - 1 && x < width)) {
    const count = bytes[from];
    const value = bytes[from + 1];
    if (count === undefined || value === undefined) throw new Error(`the image data end in row ${y} of ${height}`);
    const at = from + 2;
    from = at;
    if (count > 0) put(count, halves ? (i) => half(at - 1, i % 2) : () => value);
    else if (value === 0) [x, y] = [0, y + 1];
    else if (value === 1) break;
    else if (value === 2) {
      [x, y] = [x + (bytes[at] ?? 0), y + (bytes[at + 1] ?? 0)];
      from += 2;
    } else {
      const used = halves ? (value + 1) >> 1 : value;
      if (at + used > bytes.length) throw new Error(`the image data end in row ${y} of ${height}`);
      put(value, halves ? (i) => half(at, i) : (i) => bytes[at + i] ?? 0);
      from += used + (used % 2);
    }
  }
  return out;
}
