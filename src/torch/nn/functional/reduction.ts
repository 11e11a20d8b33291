/** How the losses of elements become the result. */
import { OptionError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";

/** How the losses of the elements become the result. */
export type Reduction = "none" | "mean" | "sum";

/** Options of every loss. */
export interface ReductionOptions {
  /** Default "mean". */
  reduction?: Reduction;
}

const reductionCodes: Record<Reduction, number> = { none: 0, mean: 1, sum: 2 };

/** libtorch's number of a reduction. Throws `OptionError` on another word. */
export function reductionCode(where: string, reduction: Reduction = "mean"): number {
  const code = reductionCodes[reduction];
  if (code === undefined) {
    throw new OptionError(`${where}: expected reduction "none", "mean" or "sum", got "${reduction}".`);
  }
  return code;
}

/** Combines the losses of the elements. Throws `OptionError` on another word. */
export function reduce(where: string, losses: Tensor, reduction?: Reduction): Tensor {
  const code = reductionCode(where, reduction);
  if (code === reductionCodes.none) return losses;
  return code === reductionCodes.mean ? losses.mean() : losses.sum();
}

/** The same with a weight for each element; the mean is that of the weights. */
export function reduceWeighted(where: string, losses: Tensor, weight: Tensor, reduction?: Reduction): Tensor {
  const weighted = losses.mul(weight);
  if (reductionCode(where, reduction) !== reductionCodes.mean) return reduce(where, weighted, reduction);
  return weighted.sum().div(weight.expandAs(weighted).sum());
}
