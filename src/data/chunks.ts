/** Several sequences read as one. Source: TOR-12. */
import { ValueError } from "../torch/index.js";

/**
 * A list of sequences that is indexed and sliced as if they were joined, without joining them: a corpus of texts, for example.
 *
 * @example
 * const all = new Chunks([[0, 1, 2], [3], [4, 5]]);
 * all.at(-1);         // 5
 * all.slice(2, 5);    // [2, 3, 4]
 */
export class Chunks<T> {
  /** Items in all sequences together. */
  readonly length: number;
  // The position at which each sequence begins.
  private readonly starts: Float64Array;

  constructor(readonly chunks: readonly ArrayLike<T>[]) {
    this.starts = new Float64Array(chunks.length);
    let length = 0;
    for (const [i, chunk] of chunks.entries()) {
      this.starts[i] = length;
      length += chunk.length;
    }
    this.length = length;
  }

  /** The sequence that holds a position, and the place in it; negative positions count from the end. Throws `ValueError` outside. */
  find(i: number): [chunk: number, place: number] {
    const at = i < 0 ? i + this.length : i;
    if (!(Number.isInteger(at) && at >= 0 && at < this.length)) {
      throw new ValueError(`Chunks: expected a position below ${this.length}, got ${i}.`);
    }
    let [low, high] = [0, this.chunks.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      // An empty sequence begins where the next one does; the last that begins here holds the item.
      if (this.startOf(middle) <= at) low = middle;
      else high = middle - 1;
    }
    return [low, at - this.startOf(low)];
  }

  private startOf(chunk: number): number {
    return this.starts[chunk] ?? 0;
  }

  /** The item at a position. */
  at(i: number): T {
    const [chunk, place] = this.find(i);
    return this.chunks[chunk]?.[place] as T; // `find` has found it
  }

  /** The items from `start` up to, not including, `end`, as an array slices. */
  slice(start = 0, end = this.length): T[] {
    const clamp = (i: number) => Math.min(this.length, Math.max(0, i < 0 ? i + this.length : i));
    const [from, to] = [clamp(start), clamp(end)];
    if (from >= to) return [];
    const [first] = this.find(from);
    const [last] = this.find(to - 1);
    return this.chunks.slice(first, last + 1).flatMap((chunk, i) => {
      const offset = this.startOf(first + i);
      return Array.from(chunk).slice(Math.max(0, from - offset), to - offset);
    });
  }
}
