/** Losses that are likelihoods of counts, measurements and sequences. */

import { noGrad } from "../../autograd.js";
import { checkTensor } from "../../checks.js";
import { full as filled, tensor } from "../../creation.js";
import { checkOptions, ShapeError, ValueError } from "../../errors.js";
import * as aten from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";
import { type ReductionOptions, reduce, reductionCode } from "./reduction.js";

/** Options of `poissonNllLoss`. */
export interface PoissonNllOptions extends ReductionOptions {
  /** Whether the input is the logarithm of the rate. Default true. */
  logInput?: boolean;
  /** Whether to add Stirling's approximation of log(target!). Default false. */
  full?: boolean;
  /** Added to the rate inside the logarithm. Default 1e-8. */
  eps?: number;
}

/** The option keys of `poissonNllLoss`. */
export const poissonNllKeys = ["logInput", "full", "eps", "reduction"] as const;

/** Negative log likelihood of counts under a Poisson distribution. */
export function poissonNllLoss(input: Tensor, target: Tensor, options: PoissonNllOptions = {}): Tensor {
  checkOptions("poissonNllLoss", options, poissonNllKeys);
  const { logInput = true, full = false, eps = 1e-8, reduction } = options;
  return aten.poissonNllLoss(input, target, logInput, full, eps, reductionCode("poissonNllLoss", reduction));
}

/** Options of `gaussianNllLoss`. */
export interface GaussianNllOptions extends ReductionOptions {
  /** Whether to add log(2 pi) / 2. Default false. */
  full?: boolean;
  /** Smallest variance. Default 1e-6. */
  eps?: number;
}

/** The option keys of `gaussianNllLoss`. */
export const gaussianNllKeys = ["full", "eps", "reduction"] as const;

/**
 * Negative log likelihood of measurements under normal distributions; gradients pass the lower bound of the variance.
 * Shapes: input [N, *], target [N, *], variance a number, [N, *], or one for each row (the last dimension 1 or missing).
 */
export function gaussianNllLoss(
  input: Tensor,
  target: Tensor,
  variance: Tensor | number,
  options: GaussianNllOptions = {},
): Tensor {
  checkOptions("gaussianNllLoss", options, gaussianNllKeys);
  for (const given of [input, target]) checkTensor("gaussianNllLoss", given);
  const { full = false, eps = 1e-6, reduction } = options;
  const bounded = rowVariance(input, variance).clone();
  if (noGrad(() => bounded.lt(0).any().item())) {
    throw new ValueError(
      "gaussianNllLoss: expected variances that are not negative. Give the variance, not its logarithm.",
    );
  }
  noGrad(() => bounded.clampMin_(eps));
  const losses = bounded.log().add(input.sub(target).pow(2).div(bounded)).mul(0.5);
  return reduce("gaussianNllLoss", full ? losses.add(0.5 * Math.log(2 * Math.PI)) : losses, reduction);
}

function rowVariance(input: Tensor, variance: Tensor | number): Tensor {
  if (typeof variance === "number") return filled([1], variance, { dtype: input.dtype, device: input.device });
  checkTensor("gaussianNllLoss", variance);
  const [shape, given] = [input.shape, variance.shape];
  const missesLast = given.length === shape.length - 1 && given.every((size, i) => size === shape[i]);
  if (missesLast) return variance.unsqueeze(-1);
  const fits = given.length === shape.length && given.every((size, i) => size === shape[i] || size === 1);
  if (fits) return variance;
  throw new ShapeError(
    `gaussianNllLoss: expected a variance for each element or row of [${shape.join(", ")}], got [${given.join(", ")}].`,
  );
}

/** Options of `ctcLoss`. */
export interface CtcOptions extends ReductionOptions {
  /** Number of the class that means nothing. Default 0. */
  blank?: number;
  /** Whether infinite losses (targets that do not fit into the input) count as zero. Default false. */
  zeroInfinity?: boolean;
}

/** The option keys of `ctcLoss`. */
export const ctcKeys = ["blank", "zeroInfinity", "reduction"] as const;

/**
 * Connectionist temporal classification. Shapes: logProbs [T, N, C] or [T, C], targets [N, S] or one after the other,
 * lengths [N] or numbers. "mean" divides each loss by its target's length first. Source: Graves et al. 2006.
 */
export function ctcLoss(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: Tensor | readonly number[],
  targetLengths: Tensor | readonly number[],
  options: CtcOptions = {},
): Tensor {
  checkOptions("ctcLoss", options, ctcKeys);
  const { blank = 0, zeroInfinity = false } = options;
  const code = reductionCode("ctcLoss", options.reduction);
  return aten.ctcLoss(logProbs, targets, lengths(inputLengths), lengths(targetLengths), blank, code, zeroInfinity);
}

function lengths(values: Tensor | readonly number[]): Tensor {
  return Array.isArray(values) ? tensor(values, { dtype: "int64" }) : (values as Tensor); // isArray does not narrow readonly arrays
}
