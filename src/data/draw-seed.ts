/** Seeds for data loading, taken from the tensor generator so that `manualSeed` fixes them. */
import { empty } from "../torch/index.js";

/**
 * A seed in 0 … 2^53 - 1. Takes one 64-bit number from the CPU generator: as much as PyTorch's loaders take per epoch,
 * so that what is drawn afterwards equals Python's.
 */
export function drawSeed(): number {
  const t = empty([], { dtype: "int64" });
  const seed = Number(t.random_(0, Number.MAX_SAFE_INTEGER).item());
  t.dispose();
  return seed;
}
