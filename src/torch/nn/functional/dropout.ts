/** Dropout as functions. */
import { checkOptions } from "../../errors.js";
import * as aten from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";

/** Options of the dropout functions. */
export interface DropoutFunctionOptions {
  /** Probability of a zero. Default 0.5. */
  p?: number;
  /** Whether to drop at all. Default true. */
  training?: boolean;
}

/** Zeroes each element with probability p and scales the rest by 1/(1-p). */
export function dropout(x: Tensor, options: DropoutFunctionOptions = {}): Tensor {
  checkOptions("dropout", options, ["p", "training"]);
  return aten.dropout(x, options.p ?? 0.5, options.training ?? true);
}

/** Zeroes whole channels of [N, C, H, W]. */
export function dropout2d(x: Tensor, options: DropoutFunctionOptions = {}): Tensor {
  checkOptions("dropout2d", options, ["p", "training"]);
  return aten.featureDropout(x, options.p ?? 0.5, options.training ?? true);
}
