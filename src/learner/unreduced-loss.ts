import type { Tensor } from "../torch/index.js";
import type { LossFunc } from "./types.js";

/** A loss that gives one value per item (or element), and the way back. */
export interface UnreducedLoss {
  readonly loss: LossFunc;
  /** Gives the original its reduction back; the unreduced loss is not to be used afterwards. */
  restore(): void;
}

/** The loss without its reduction: its own `reduction` set to "none", or for functions that option. Source: LRN-23. */
export function unreducedLoss(loss: LossFunc): UnreducedLoss {
  if ("reduction" in loss) {
    const before = loss.reduction;
    loss.reduction = "none";
    return {
      loss,
      restore: () => {
        loss.reduction = before;
      },
    };
  }
  // A plain function is one of the torch losses, or has a `reduction` among its trailing options like them.
  const withOptions = loss as unknown as (...args: unknown[]) => Tensor;
  return { loss: (...args: unknown[]) => withOptions(...args, { reduction: "none" }), restore: () => {} };
}
