/** Whether the values of a batch lie within its memory. The library takes for granted that they do. */
import type { Growth } from "../growth.js";
import { unexpected } from "../unexpected.js";

/**
 * Checks that so many texts lie behind one another: where they do not, each could be as long as all of them together.
 * Throws `FileFormatError`.
 */
export function checkOffsets(offsets: Int32Array | BigInt64Array, rows: number, size: number, growth: Growth): void {
  if (rows === 0) return;
  if (offsets.length <= rows) throw unexpected(`${rows + 1} offsets of ${rows} texts`, offsets.length);
  const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT: width } = offsets;
  const view = new DataView(buffer, byteOffset, byteLength);
  let last = 0;
  for (let at = 0; at <= rows * width; at += width) {
    const offset =
      width === 4 ? view.getInt32(at, true) : view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
    if (offset < last) throw unexpected(`offsets of texts that ascend from ${last}`, offset);
    last = offset;
  }
  if (last > size) throw unexpected(`texts within ${size} bytes`, `one up to ${last}`);
  growth.take("texts", last);
}

/** Views of at most so many bytes are in their place, longer ones in another buffer. */
const SHORT_VIEW = 12;
const VIEW_BYTES = 16;

/**
 * Checks that so many views are of bytes in these buffers, and that the texts together are not too long, as several views
 * may be of the same bytes. Gaps are not looked at. Throws `FileFormatError`.
 */
export function checkViews(
  views: Uint8Array,
  rows: number,
  isGap: (row: number) => boolean,
  buffers: readonly Uint8Array[],
  growth: Growth,
): void {
  if (views.length < rows * VIEW_BYTES) throw unexpected(`${rows} views`, `${views.length} bytes`);
  const view = new DataView(views.buffer, views.byteOffset, views.byteLength);
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const at = row * VIEW_BYTES;
    const length = view.getInt32(at, true);
    if (length === 0 || isGap(row)) continue;
    const size = length > SHORT_VIEW ? (buffers[view.getInt32(at + 8, true)]?.length ?? 0) : SHORT_VIEW;
    const start = length > SHORT_VIEW ? view.getInt32(at + 12, true) : 0;
    if (!(length >= 0 && start >= 0 && start + length <= size)) {
      throw unexpected(`a text within ${size} bytes`, `${length} bytes at ${start}`);
    }
    sum += length;
  }
  growth.take("texts", sum);
}

/** Checks that runs ascend up to the number of rows. Throws `FileFormatError`. */
export function checkRuns(ends: ArrayLike<number | bigint>, runs: number, rows: number): void {
  let last: number | bigint = 0;
  for (let i = 0; i < runs; i++) {
    const end = ends[i] ?? 0;
    if (end <= last) throw unexpected(`ends of runs that ascend from ${last}`, end);
    last = end;
  }
  if (last < rows) throw unexpected(`runs up to row ${rows}`, `up to ${last}`);
}
