/** Activations as functions, with PyTorch's arguments. */
import { emptyLike, zerosLike } from "../../creation.js";
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

/** softmax(-x) over a dimension. */
export function softmin(x: Tensor, dim: number): Tensor {
  return aten.softmax(aten.neg(x), dim);
}

/** x / (1 + |x|). */
export function softsign(x: Tensor): Tensor {
  return aten.div(x, aten.abs(x).add(1));
}

/** x - tanh(x). */
export function tanhshrink(x: Tensor): Tensor {
  return aten.sub(x, aten.tanh(x));
}

/** Options of `rrelu`. */
export interface RReLUFunctionOptions extends InplaceOption {
  /** Default 1/8. */
  lower?: number;
  /** Default 1/3. */
  upper?: number;
  /** Whether slopes are drawn; else their mean is used. Default false. */
  training?: boolean;
}

/** Leaky ReLU whose slope is drawn from U(lower, upper) while training. */
export function rrelu(x: Tensor, options: RReLUFunctionOptions = {}): Tensor {
  checkOptions("rrelu", options, ["lower", "upper", "training", "inplace"]);
  const { lower = 1 / 8, upper = 1 / 3, training = false, inplace = false } = options;
  return inplace ? x.rrelu_(lower, upper, training) : aten.rrelu(x, lower, upper, training);
}

/** Options of `gumbelSoftmax`. */
export interface GumbelSoftmaxOptions {
  /** Temperature. Default 1. */
  tau?: number;
  /** Whether the result is one-hot, with the gradient of the soft one. Default false. */
  hard?: boolean;
  /** Default -1. */
  dim?: number;
}

/** Draws from the Gumbel-softmax distribution of logits. Source: Jang et al. 2017. */
export function gumbelSoftmax(logits: Tensor, options: GumbelSoftmaxOptions = {}): Tensor {
  checkOptions("gumbelSoftmax", options, ["tau", "hard", "dim"]);
  const { tau = 1, hard = false, dim = -1 } = options;
  const noise = emptyLike(logits).exponential_().log().neg();
  const soft = aten.softmax(logits.add(noise).div(tau), dim);
  if (!hard) return soft;
  const chosen = zerosLike(logits).scatter_(dim, soft.argmax(dim, { keepdim: true }), 1);
  return chosen.sub(soft.detach()).add(soft);
}
