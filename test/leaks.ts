/** Counting live tensors, for the leak check. */
import { memory } from "../src/torch/index.js";

declare const gc: (() => void) | undefined;

/** Collects twice with a turn of the event loop between, so that finished promises let go of what they held. */
export async function collectGarbage(): Promise<void> {
  for (let i = 0; i < 2; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    gc?.();
  }
}

/** Live tensor handles in the process. */
export function countTensors(): number {
  return memory().tensors;
}
