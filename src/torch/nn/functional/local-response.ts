/** Normalisation by what neighbouring channels do. */
import { checkTensor } from "../../checks.js";
import { checkOptions, ShapeError, ValueError } from "../../errors.js";
import { avgPool2d, avgPool3d } from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";

/** Options of `localResponseNorm`. */
export interface LocalResponseOptions {
  /** Weight of the mean square. Default 1e-4. */
  alpha?: number;
  /** Exponent. Default 0.75. */
  beta?: number;
  /** Added to the mean square. Default 1. */
  k?: number;
}

/** The option keys of `localResponseNorm`. */
export const localResponseKeys = ["alpha", "beta", "k"] as const;

/**
 * x / (k + alpha m)^beta, where m is the mean of x^2 over `size` neighbouring channels. Shapes: x [N, C, *], kept.
 * Source: Krizhevsky et al. 2012.
 */
export function localResponseNorm(x: Tensor, size: number, options: LocalResponseOptions = {}): Tensor {
  checkOptions("localResponseNorm", options, localResponseKeys);
  const { alpha = 1e-4, beta = 0.75, k = 1 } = options;
  checkTensor("localResponseNorm", x);
  if (typeof size !== "number") throw new ValueError(`localResponseNorm: expected a size, got ${typeof size}.`);
  if (x.ndim < 3) {
    throw new ShapeError(`localResponseNorm: expected at least 3 dimensions, got [${x.shape.join(", ")}].`);
  }
  if (x.numel() === 0) return x;
  const [before, after] = [Math.floor(size / 2), Math.floor((size - 1) / 2)];
  const squares = x.mul(x).unsqueeze(1); // [N, 1, C, *]
  const mean =
    x.ndim === 3
      ? avgPool2d(squares.constantPadNd([0, 0, before, after]), [size, 1], 1)
      : avgPool3d(squares.flatten(3).unsqueeze(-1).constantPadNd([0, 0, 0, 0, before, after]), [size, 1, 1], 1);
  return x.div(mean.reshape(x.shape).mul(alpha).add(k).pow(beta));
}
