/** Random numbers: one generator for the process, the same numbers as Python's for the same seed. */

import { native, packed } from "../native.js";
import { checkFunction, checkTensor, describeValue } from "./checks.js";
import { ValueError } from "./errors.js";
import { checked } from "./native-call.js";
import { Tensor } from "./tensor.js";

/** Seeds libtorch's generators. The same operators then draw the same numbers as in Python, bit for bit on the CPU. */
export function manualSeed(seed: number | bigint): void {
  if (typeof seed !== "bigint" && !Number.isInteger(seed)) {
    throw new ValueError(`manualSeed: expected an integer, got ${describeValue(seed)}.`);
  }
  native.manualSeed(BigInt.asIntN(64, BigInt(seed)));
}

/** The seed the CPU generator was last given. */
export function initialSeed(): bigint {
  return native.initialSeed();
}

/** State of the CPU generator (uint8). */
export function getRngState(): Tensor {
  checked("getRngState", [], () => native.rngState());
  return new Tensor(packed[0] ?? 0);
}

/** Restores a state from {@link getRngState}. */
export function setRngState(state: Tensor): void {
  checkTensor("setRngState", state);
  checked("setRngState", [state], () => native.setRngState(state._h));
}

/** Runs `body` with the generator seeded, and restores its state afterwards. */
export function forkRng<T>(seed: number | bigint, body: () => T): T {
  checkFunction("forkRng", body);
  const state = getRngState();
  try {
    manualSeed(seed);
    return body();
  } finally {
    setRngState(state);
    state.dispose();
  }
}
