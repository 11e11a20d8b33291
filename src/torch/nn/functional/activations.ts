/** Activations as functions, with PyTorch's arguments. */
import { checkOptions } from "../../errors.js";
import * as aten from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";

/** Options of activations that can change their input. */
export interface InplaceOption {
  /** Whether to change the input instead of returning a new tensor. Default false. */
  inplace?: boolean;
}

function simple(where: string, pure: (x: Tensor) => Tensor, inplace: (x: Tensor) => Tensor) {
  return (x: Tensor, options?: InplaceOption): Tensor => {
    if (options === undefined) return pure(x);
    checkOptions(where, options, ["inplace"]);
    return options.inplace ? inplace(x) : pure(x);
  };
}

/** max(x, 0). */
export const relu = simple("relu", aten.relu, (x) => x.relu_());
/** min(max(x, 0), 6). */
export const relu6 = simple("relu6", aten.relu6, (x) => x.relu6_());
/** x sigmoid(x). */
export const silu = simple("silu", aten.silu, (x) => x.silu_());
/** x tanh(softplus(x)). */
export const mish = simple("mish", aten.mish, (x) => x.mish_());
/** Scaled exponential linear unit. */
export const selu = simple("selu", aten.selu, (x) => x.selu_());
/** x relu6(x + 3) / 6. */
export const hardswish = simple("hardswish", aten.hardswish, (x) => x.hardswish_());
/** relu6(x + 3) / 6. */
export const hardsigmoid = simple("hardsigmoid", aten.hardsigmoid, (x) => x.hardsigmoid_());

/** x where positive, `negativeSlope` x (default 0.01) elsewhere. */
export function leakyRelu(x: Tensor, options: InplaceOption & { negativeSlope?: number } = {}): Tensor {
  checkOptions("leakyRelu", options, ["negativeSlope", "inplace"]);
  const { negativeSlope = 0.01, inplace = false } = options;
  return inplace ? x.leakyRelu_(negativeSlope) : aten.leakyRelu(x, negativeSlope);
}

/** x where positive, `alpha` (exp(x) - 1) elsewhere; alpha defaults to 1. */
export function elu(x: Tensor, options: InplaceOption & { alpha?: number } = {}): Tensor {
  checkOptions("elu", options, ["alpha", "inplace"]);
  const { alpha = 1, inplace = false } = options;
  return inplace ? x.elu_(alpha) : aten.elu(x, alpha);
}
