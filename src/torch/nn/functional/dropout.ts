/** Dropout as functions. */
import { checkTensor } from "../../checks.js";
import { checkOptions } from "../../errors.js";
import * as aten from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";
import type { InplaceOption } from "./activations.js";

/** Options of the dropout functions. */
export interface DropoutFunctionOptions extends InplaceOption {
  /** Probability of a zero. Default 0.5. */
  p?: number;
  /** Whether to drop at all. Default true; the alpha dropouts: false. */
  training?: boolean;
}

type Drop = (x: Tensor, p: number, training: boolean) => Tensor;

function dropping(where: string, pure: Drop, inplace: Drop, byDefault = true) {
  return (x: Tensor, options: DropoutFunctionOptions = {}): Tensor => {
    checkOptions(where, options, ["p", "training", "inplace"]);
    return (options.inplace ? inplace : pure)(x, options.p ?? 0.5, options.training ?? byDefault);
  };
}

const channels_: Drop = (x, p, training) => x.featureDropout_(p, training);

/** Zeroes each element with probability p and scales the rest by 1/(1-p). */
export const dropout = dropping("dropout", aten.dropout, (x, p, training) => x.dropout_(p, training));
/** Zeroes whole channels of [N, C, H, W]. */
export const dropout2d = dropping("dropout2d", aten.featureDropout, channels_);
/** Zeroes whole channels of [N, C, D, H, W]. */
export const dropout3d = dropping("dropout3d", aten.featureDropout, channels_);
/** Dropout that keeps mean and variance of SELU activations. */
export const alphaDropout = dropping(
  "alphaDropout",
  aten.alphaDropout,
  (x, p, training) => x.alphaDropout_(p, training),
  false,
);
/** `alphaDropout` of whole channels. */
export const featureAlphaDropout = dropping(
  "featureAlphaDropout",
  aten.featureAlphaDropout,
  (x, p, training) => x.featureAlphaDropout_(p, training),
  false,
);

/** Zeroes whole channels of [N, C, L] or [C, L]. */
export function dropout1d(x: Tensor, options: DropoutFunctionOptions = {}): Tensor {
  checkTensor("dropout1d", x);
  return x.ndim === 2 ? dropout2d(x.unsqueeze(0), options).squeeze(0) : dropout2d(x, options);
}
