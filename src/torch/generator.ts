/** Sources of random numbers beside the process's own one. */
import { ValueError } from "./errors.js";
import { getRngState, setRngState } from "./random.js";
import { keep } from "./scope.js";
import type { Tensor } from "./tensor.js";

/** The seed that PyTorch gives a new generator. */
const defaultSeed = 67280421310721n;

// The state's layout: initial seed, 32-bit words left, seeded flag, next word, 624 words, cached normal numbers.
const leftAt = 8;
const nextAt = 16;
const wordsAt = 24;
const wordCount = 624;

/** The state after seeding: the Mersenne Twister's words from the seed's lower 32 bits (Matsumoto and Nishimura, 1998). */
function seed(state: Tensor, value: bigint): void {
  const bytes = state.data();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).fill(0);
  view.setBigUint64(0, value, true);
  view.setInt32(leftAt, 1, true);
  view.setInt32(leftAt + 4, 1, true);
  view.setBigUint64(nextAt, 0n, true);
  let word = Number(value & 0xffffffffn);
  for (let i = 0; i < wordCount; i++) {
    if (i > 0) word = (Math.imul(1812433253, word ^ (word >>> 30)) + i) >>> 0;
    view.setBigUint64(wordsAt + 8 * i, BigInt(word), true);
  }
}

/**
 * A source of random numbers for the CPU with a state of its own, given to operators as an option: `rand([2], { generator })`.
 * The same numbers as from Python's `torch.Generator` with the same seed.
 */
export class Generator {
  private state = keep(getRngState());

  /** Default: the seed of a new generator in PyTorch. */
  constructor(value: number | bigint = defaultSeed) {
    this.manualSeed(value);
  }

  /** Starts again from a seed. */
  manualSeed(value: number | bigint): this {
    if (typeof value !== "bigint" && !Number.isSafeInteger(value)) {
      throw new ValueError(`Generator: expected a whole number or a bigint as seed, got ${String(value)}.`);
    }
    seed(this.state, BigInt.asUintN(64, BigInt(value)));
    return this;
  }

  /** The seed it was last given. */
  initialSeed(): bigint {
    return new DataView(this.state.data().buffer).getBigUint64(0, true);
  }

  /** The state, as {@link getRngState} gives the process's. */
  getState(): Tensor {
    return this.state.clone();
  }

  /** Goes on from a state. */
  setState(state: Tensor): this {
    this.state.copy_(state);
    return this;
  }

  /** Runs `body`, which must not wait, with all random operators drawing from this generator. */
  run<T>(body: () => T): T {
    const before = getRngState();
    setRngState(this.state);
    try {
      return body();
    } finally {
      const after = getRngState();
      this.state.copy_(after);
      setRngState(before);
      after.dispose();
      before.dispose();
    }
  }
}
