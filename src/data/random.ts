/** The random numbers of data loading: small, seeded, independent of the tensor generator. */

/**
 * A seeded generator (sfc32). Loaders hand one to each item, so that what is drawn for an item depends on the epoch's
 * seed and its position, never on which decode finished first.
 */
export class Random {
  #a = 0;
  #b = 0;
  #c = 1;
  #d = 1;

  /** `seed` is any safe integer; `stream` separates the sequences that share a seed. */
  constructor(seed: number, stream = 0) {
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / 2 ** 32) >>> 0;
    this.#c = stream >>> 0;
    // sfc32 mixes its seed words fully after 12 rounds.
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** An integer in 0 … 2^32 - 1. */
  uint32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + t) | 0;
    return t >>> 0;
  }

  /** A number in [0, 1) with 53 random bits. */
  next(): number {
    return ((this.uint32() >>> 5) * 2 ** 26 + (this.uint32() >>> 6)) / 2 ** 53;
  }

  /** A number in [low, high). */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** An integer in 0 … n - 1. */
  int(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      // Both indices lie inside the array.
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }
}
