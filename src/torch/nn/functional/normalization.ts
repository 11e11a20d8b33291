/** Normalisation as functions. */
import { checkOptions } from "../../errors.js";
import * as aten from "../../generated/functions.js";
import { opFunction } from "../../op-callable.js";
import type { Tensor } from "../../tensor.js";

/** Options of `batchNorm`. */
export interface BatchNormFunctionOptions {
  /** Scale [C]. */
  weight?: Tensor | null;
  /** Shift [C]. */
  bias?: Tensor | null;
  /** Whether to use (and enter into the running ones) the statistics of this batch. Default false. */
  training?: boolean;
  /** Default 0.1. */
  momentum?: number;
  /** Default 1e-5. */
  eps?: number;
}

/** Normalises each channel over the batch. */
export function batchNorm(
  x: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  options: BatchNormFunctionOptions = {},
): Tensor {
  checkOptions("batchNorm", options, ["weight", "bias", "training", "momentum", "eps"]);
  const { weight = null, bias = null, training = false, momentum = 0.1, eps = 1e-5 } = options;
  return aten.batchNorm(x, weight, bias, runningMean, runningVar, training, momentum, eps, true);
}

/** Options of `instanceNorm`. */
export interface InstanceNormFunctionOptions extends Omit<BatchNormFunctionOptions, "training"> {
  /** Running mean [C], which the call changes. */
  runningMean?: Tensor | null;
  /** Running variance [C], which the call changes. */
  runningVar?: Tensor | null;
  /** Whether to use the statistics of each item instead of the running ones. Default true. */
  useInputStats?: boolean;
}

/** Normalises each channel of each item. Shapes: x [N, C, *], kept. */
export function instanceNorm(x: Tensor, options: InstanceNormFunctionOptions = {}): Tensor {
  checkOptions("instanceNorm", options, [
    "runningMean",
    "runningVar",
    "weight",
    "bias",
    "useInputStats",
    "momentum",
    "eps",
  ]);
  const { runningMean = null, runningVar = null, weight = null, bias = null, useInputStats = true } = options;
  const { momentum = 0.1, eps = 1e-5 } = options;
  return aten.instanceNorm(x, weight, bias, runningMean, runningVar, useInputStats, momentum, eps, true);
}

/** Options of `layerNorm` and `groupNorm`. */
export interface AffineNormOptions {
  /** Scale. */
  weight?: Tensor | null;
  /** Shift. */
  bias?: Tensor | null;
  /** Default 1e-5. */
  eps?: number;
}

const affineKeys = ["weight", "bias", "eps"];

/** Normalises over the last dimensions. */
export function layerNorm(x: Tensor, normalizedShape: readonly number[], options: AffineNormOptions = {}): Tensor {
  checkOptions("layerNorm", options, affineKeys);
  const { weight = null, bias = null, eps = 1e-5 } = options;
  return aten.layerNorm(x, normalizedShape, weight, bias, eps);
}

/** Normalises groups of channels inside each item. */
export function groupNorm(x: Tensor, numGroups: number, options: AffineNormOptions = {}): Tensor {
  checkOptions("groupNorm", options, affineKeys);
  const { weight = null, bias = null, eps = 1e-5 } = options;
  return aten.groupNorm(x, numGroups, weight, bias, eps);
}

/** Options of `normalize`. */
export interface NormalizeOptions {
  /** Order of the norm. Default 2. */
  p?: number;
  /** Default 1. */
  dim?: number | number[];
  /** Smallest norm that is divided by. Default 1e-12. */
  eps?: number;
}

const vectorNorm = opFunction("aten::linalg_vector_norm");

/** Divides by the norm over a dimension. */
export function normalize(x: Tensor, options: NormalizeOptions = {}): Tensor {
  checkOptions("normalize", options, ["p", "dim", "eps"]);
  const { p = 2, dim = 1, eps = 1e-12 } = options;
  const norm = vectorNorm(x, p, typeof dim === "number" ? [dim] : dim, true) as Tensor; // the schema returns one
  return x.div(norm.clampMin(eps).expandAs(x));
}
