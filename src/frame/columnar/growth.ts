/**
 * How much a file may unfold to.
 *
 * A few bytes can stand for thousands of millions of cells: columns of gaps, runs of one value, compressed zeros. V8 ends the
 * process when its heap is full or an array gets too long, so what a file asks for is compared with its size before there is
 * room for it.
 */
import { getHeapStatistics } from "node:v8";
import { unexpected } from "./unexpected.js";

/** Bytes of V8's heap for a value in a plain array: itself, and its place in the arrays that it goes through. */
const VALUE_BYTES = 80;

/** How many values a plain array may have: what there is room for, and what V8 allows it to grow to. */
export function mostValues(): number {
  return Math.min(2 ** 26, Math.floor(getHeapStatistics().heap_size_limit / VALUE_BYTES));
}

/** What even the smallest file may unfold to, and what comes to that for each of its bytes. */
const limits = {
  /** Of all columns. Real tables have fewer than 20 a byte. */
  cells: { free: 2 ** 24, each: 128 },
  /** In typed arrays: numbers of 64 bits for as many cells, and more for short texts. */
  bytes: { free: 2 ** 28, each: 1024 },
  /** In texts, which lie on V8's heap. */
  texts: { free: 2 ** 28, each: 64 },
};

/** Counts what a file unfolds to. */
export class Growth {
  readonly #taken = { cells: 0, bytes: 0, texts: 0 };

  /** @param size of the file, in bytes */
  constructor(readonly size: number) {}

  /** Takes room for some more. Throws `FileFormatError` when it is more than a file of this size can have. */
  take(what: keyof typeof limits, count: number): void {
    const { free, each } = limits[what];
    const most = free + each * this.size;
    this.#taken[what] += count;
    if (this.#taken[what] <= most) return;
    const unit = what === "texts" ? "bytes of texts" : what;
    throw unexpected(`at most ${most} ${unit} in a file of ${this.size} bytes`, `${this.#taken[what]} and more`);
  }
}
