/** The random choices of NumPy's `RandomState`, which scikit-learn's splits are made with. */
import { empty, Generator, ops } from "../torch/index.js";

const refill = 4096;

/** A seeded Mersenne Twister: its words are PyTorch's, and permutations are drawn from them as NumPy draws them. */
export class RandomState {
  readonly #generator: Generator;
  readonly #words = new Uint32Array(refill);
  #next = refill;

  /** `seed` in 0 … 2^32 - 1. */
  constructor(seed: number) {
    this.#generator = new Generator(seed);
  }

  /** An integer in 0 … 2^32 - 1. */
  uint32(): number {
    if (this.#next === refill) this.#draw();
    return this.#words[this.#next++] as number; // below `refill`
  }

  #draw(): void {
    const drawn = empty([refill / 2], { dtype: "int64" });
    ops.aten.random_.from(drawn, -(2n ** 63n), null, { generator: this.#generator });
    const { buffer, byteOffset } = drawn.data() as BigInt64Array;
    const words = new Uint32Array(buffer, byteOffset, refill);
    // The first word drawn is the upper half of a number, which lies behind the lower one.
    for (let i = 0; i < refill; i++) this.#words[i] = words[i ^ 1] as number;
    drawn.dispose();
    this.#next = 0;
  }

  /** An integer in 0 … `max`, without bias: words cut to as many bits until one fits. */
  upTo(max: number): number {
    const mask = max === 0 ? 0 : 2 ** (32 - Math.clz32(max)) - 1;
    if (mask === 0) return 0;
    for (;;) {
      const value = (this.uint32() & mask) >>> 0;
      if (value <= max) return value;
    }
  }

  /** A shuffled copy, from the last place down. */
  permutation<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.upTo(i);
      [out[i], out[j]] = [out[j] as T, out[i] as T]; // both lie inside
    }
    return out;
  }
}
