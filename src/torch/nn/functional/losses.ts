/** Losses as functions. */
import { checkOptions } from "../../errors.js";
import * as aten from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";
import { type Reduction, type ReductionOptions, reduceWeighted, reductionCode } from "./reduction.js";

/** The option keys of the plain losses. */
export const reductionKeys = ["reduction"] as const;

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions extends ReductionOptions {
  /** Weight of each class [C]. Default none. */
  weight?: Tensor | null;
  /** Targets of this number do not count. Default -100. */
  ignoreIndex?: number;
  /** Share of the target spread over all classes, 0..1. Default 0. */
  labelSmoothing?: number;
}

/** The option keys of `crossEntropy`. */
export const crossEntropyKeys = ["weight", "ignoreIndex", "reduction", "labelSmoothing"] as const;

/** Softmax and negative log likelihood in one. Shapes: input [N, C, *], target int64 [N, *] or probabilities [N, C, *]. */
export function crossEntropy(input: Tensor, target: Tensor, options?: CrossEntropyOptions): Tensor {
  if (options === undefined) return aten.crossEntropyLoss(input, target);
  checkOptions("crossEntropy", options, crossEntropyKeys);
  const { weight = null, ignoreIndex = -100, reduction, labelSmoothing = 0 } = options;
  const code = reductionCode("crossEntropy", reduction);
  return aten.crossEntropyLoss(input, target, weight, code, ignoreIndex, labelSmoothing);
}

/** Options of `nllLoss`. */
export type NllLossOptions = Omit<CrossEntropyOptions, "labelSmoothing">;

/** The option keys of `nllLoss`. */
export const nllLossKeys = ["weight", "ignoreIndex", "reduction"] as const;

/** Negative log likelihood. Shapes: input (log probabilities) [N, C, *], target int64 [N, *]. */
export function nllLoss(input: Tensor, target: Tensor, options: NllLossOptions = {}): Tensor {
  checkOptions("nllLoss", options, nllLossKeys);
  const { weight = null, ignoreIndex = -100, reduction } = options;
  return aten.nllLossNd(input, target, weight, reductionCode("nllLoss", reduction), ignoreIndex);
}

/** Options of `mseLoss` and `l1Loss`. */
export interface WeightedLossOptions extends ReductionOptions {
  /** Weight of each element, broadcast; "mean" divides by the sum of the weights. Default none. */
  weight?: Tensor | null;
}

const weightedKeys = ["weight", "reduction"] as const;

/** Squared difference. */
export function mseLoss(input: Tensor, target: Tensor, options: WeightedLossOptions = {}): Tensor {
  checkOptions("mseLoss", options, weightedKeys);
  const { weight, reduction } = options;
  if (weight) return reduceWeighted("mseLoss", aten.mseLoss(input, target, 0), weight, reduction);
  return aten.mseLoss(input, target, reductionCode("mseLoss", reduction));
}

/** Absolute difference. */
export function l1Loss(input: Tensor, target: Tensor, options: WeightedLossOptions = {}): Tensor {
  checkOptions("l1Loss", options, weightedKeys);
  const { weight, reduction } = options;
  if (weight) return reduceWeighted("l1Loss", aten.l1Loss(input, target, 0), weight, reduction);
  return aten.l1Loss(input, target, reductionCode("l1Loss", reduction));
}

/** Options of `smoothL1Loss`. */
export interface SmoothL1LossOptions extends ReductionOptions {
  /** Where the squared part ends. Default 1. */
  beta?: number;
}

/** The option keys of `smoothL1Loss`. */
export const smoothL1LossKeys = ["reduction", "beta"] as const;

/** 0.5 d^2 / beta where |d| < beta, |d| - 0.5 beta elsewhere. */
export function smoothL1Loss(input: Tensor, target: Tensor, options: SmoothL1LossOptions = {}): Tensor {
  checkOptions("smoothL1Loss", options, smoothL1LossKeys);
  const { reduction, beta = 1 } = options;
  return aten.smoothL1Loss(input, target, reductionCode("smoothL1Loss", reduction), beta);
}

/** Options of `huberLoss`. */
export interface HuberLossOptions extends WeightedLossOptions {
  /** Where the squared part ends. Default 1. */
  delta?: number;
}

/** The option keys of `huberLoss`. */
export const huberLossKeys = ["reduction", "delta"] as const;

/** 0.5 d^2 where |d| < delta, delta (|d| - 0.5 delta) elsewhere. */
export function huberLoss(input: Tensor, target: Tensor, options: HuberLossOptions = {}): Tensor {
  checkOptions("huberLoss", options, [...huberLossKeys, "weight"]);
  const { reduction, delta = 1, weight } = options;
  if (weight) return reduceWeighted("huberLoss", aten.huberLoss(input, target, 0, delta), weight, reduction);
  return aten.huberLoss(input, target, reductionCode("huberLoss", reduction), delta);
}

/** Options of `binaryCrossEntropy`. */
export interface BinaryCrossEntropyOptions extends ReductionOptions {
  /** Weight of each element, broadcast. Default none. */
  weight?: Tensor | null;
}

/** The option keys of `binaryCrossEntropy`. */
export const binaryCrossEntropyKeys = ["weight", "reduction"] as const;

/** Binary cross entropy of probabilities. */
export function binaryCrossEntropy(input: Tensor, target: Tensor, options: BinaryCrossEntropyOptions = {}): Tensor {
  checkOptions("binaryCrossEntropy", options, binaryCrossEntropyKeys);
  const { weight = null, reduction } = options;
  return aten.binaryCrossEntropy(input, target, weight, reductionCode("binaryCrossEntropy", reduction));
}

/** Options of `binaryCrossEntropyWithLogits`. */
export interface BinaryCrossEntropyWithLogitsOptions extends BinaryCrossEntropyOptions {
  /** Weight of the positive examples of each class. Default none. */
  posWeight?: Tensor | null;
}

/** The option keys of `binaryCrossEntropyWithLogits`. */
export const binaryCrossEntropyWithLogitsKeys = ["weight", "posWeight", "reduction"] as const;

/** Sigmoid and binary cross entropy in one. */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  options: BinaryCrossEntropyWithLogitsOptions = {},
): Tensor {
  const where = "binaryCrossEntropyWithLogits";
  checkOptions(where, options, binaryCrossEntropyWithLogitsKeys);
  const { weight = null, posWeight = null, reduction } = options;
  return aten.binaryCrossEntropyWithLogits(input, target, weight, posWeight, reductionCode(where, reduction));
}

/** Options of `klDiv`. */
export interface KlDivOptions {
  /** "batchmean" divides the sum by the batch size, as the definition does. Default "mean". */
  reduction?: Reduction | "batchmean";
  /** Whether the target are log probabilities too. Default false. */
  logTarget?: boolean;
}

/** The option keys of `klDiv`. */
export const klDivKeys = ["reduction", "logTarget"] as const;

/** Kullback-Leibler divergence; input are log probabilities. */
export function klDiv(input: Tensor, target: Tensor, options: KlDivOptions = {}): Tensor {
  checkOptions("klDiv", options, klDivKeys);
  const { reduction = "mean", logTarget = false } = options;
  if (reduction !== "batchmean") return aten.klDiv(input, target, reductionCode("klDiv", reduction), { logTarget });
  return aten.klDiv(input, target, reductionCode("klDiv", "sum"), { logTarget }).div(input.shape[0] ?? 1);
}
