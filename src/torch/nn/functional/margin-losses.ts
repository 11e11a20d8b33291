/** Losses that push scores or distances apart by a margin. */
import { checkOptions } from "../../errors.js";
import * as aten from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";
import { type ReductionOptions, reduce, reductionCode } from "./reduction.js";

/** Options of losses with a margin. */
export interface MarginOptions extends ReductionOptions {
  /** How far apart is far enough. Default 0; `hingeEmbeddingLoss` and the triplet losses: 1. */
  margin?: number;
}

/** The option keys of `MarginOptions`. */
export const marginKeys = ["margin", "reduction"] as const;

/** 1 - cos of pairs whose target is 1, max(0, cos - margin) of those whose target is -1. Shapes: [N, D], target [N]. */
export function cosineEmbeddingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: MarginOptions = {},
): Tensor {
  checkOptions("cosineEmbeddingLoss", options, marginKeys);
  const code = reductionCode("cosineEmbeddingLoss", options.reduction);
  return aten.cosineEmbeddingLoss(input1, input2, target, options.margin ?? 0, code);
}

/** max(0, -target (input1 - input2) + margin): target 1 wants the first ranked higher, -1 the second. */
export function marginRankingLoss(input1: Tensor, input2: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  checkOptions("marginRankingLoss", options, marginKeys);
  const code = reductionCode("marginRankingLoss", options.reduction);
  return aten.marginRankingLoss(input1, input2, target, options.margin ?? 0, code);
}

/** x where the target is 1, max(0, margin - x) where it is -1; x is a distance. */
export function hingeEmbeddingLoss(input: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  checkOptions("hingeEmbeddingLoss", options, marginKeys);
  const code = reductionCode("hingeEmbeddingLoss", options.reduction);
  return aten.hingeEmbeddingLoss(input, target, options.margin ?? 1, code);
}

/** Options of `multiMarginLoss`. */
export interface MultiMarginOptions extends MarginOptions {
  /** Power of each difference, 1 or 2. Default 1. */
  p?: 1 | 2;
  /** Weight of each class [C]. Default none. */
  weight?: Tensor | null;
}

/** The option keys of `multiMarginLoss`. */
export const multiMarginKeys = ["p", "margin", "weight", "reduction"] as const;

/** Hinge loss of one right class against all others. Shapes: input [N, C] or [C], target int64 [N] or []. */
export function multiMarginLoss(input: Tensor, target: Tensor, options: MultiMarginOptions = {}): Tensor {
  checkOptions("multiMarginLoss", options, multiMarginKeys);
  const { p = 1, margin = 1, weight = null, reduction } = options;
  return aten.multiMarginLoss(input, target, p, margin, weight, reductionCode("multiMarginLoss", reduction));
}

/** Hinge loss of several right classes. Shapes: [N, C] or [C]; target holds class numbers, ended by -1. */
export function multilabelMarginLoss(input: Tensor, target: Tensor, options: ReductionOptions = {}): Tensor {
  checkOptions("multilabelMarginLoss", options, ["reduction"]);
  return aten.multilabelMarginLoss(input, target, reductionCode("multilabelMarginLoss", options.reduction));
}

/** log(1 + exp(-target input)) with targets of 1 and -1. */
export function softMarginLoss(input: Tensor, target: Tensor, options: ReductionOptions = {}): Tensor {
  checkOptions("softMarginLoss", options, ["reduction"]);
  return aten.softMarginLoss(input, target, reductionCode("softMarginLoss", options.reduction));
}

/** Options of `multilabelSoftMarginLoss`. */
export interface MultilabelSoftMarginOptions extends ReductionOptions {
  /** Weight of each class [C]. Default none. */
  weight?: Tensor | null;
}

/** The option keys of `multilabelSoftMarginLoss`. */
export const multilabelSoftMarginKeys = ["weight", "reduction"] as const;

/** Binary cross entropy of logits, averaged over the classes. Shapes: input, target [N, C] or [C] -> [N] or []. */
export function multilabelSoftMarginLoss(
  input: Tensor,
  target: Tensor,
  options: MultilabelSoftMarginOptions = {},
): Tensor {
  checkOptions("multilabelSoftMarginLoss", options, multilabelSoftMarginKeys);
  const yes = aten.mul(target, aten.logSigmoid(input));
  const no = aten
    .neg(target)
    .add(1)
    .mul(aten.logSigmoid(aten.neg(input)));
  const losses = yes.add(no).neg();
  const weighted = options.weight ? losses.mul(options.weight) : losses;
  return reduce("multilabelSoftMarginLoss", weighted.mean(-1), options.reduction);
}

/** Options of the triplet losses. */
interface TripletOptions extends MarginOptions {
  /** Whether the negative's distance is that to the anchor or to the positive, whichever is smaller. Default false. */
  swap?: boolean;
}

/** Options of `tripletMarginLoss`. */
export interface TripletMarginOptions extends TripletOptions {
  /** Order of the norm. Default 2. */
  p?: number;
  /** Added to the differences. Default 1e-6. */
  eps?: number;
}

/** The option keys of `tripletMarginLoss`. */
export const tripletMarginKeys = ["margin", "p", "eps", "swap", "reduction"] as const;

/** max(0, d(anchor, positive) - d(anchor, negative) + margin). Shapes: [N, D] or [D]. Source: Balntas et al. 2016. */
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletMarginOptions = {},
): Tensor {
  checkOptions("tripletMarginLoss", options, tripletMarginKeys);
  const { margin = 1, p = 2, eps = 1e-6, swap = false, reduction } = options;
  const code = reductionCode("tripletMarginLoss", reduction);
  return aten.tripletMarginLoss(anchor, positive, negative, margin, p, eps, swap, code);
}

/** Options of `tripletMarginWithDistanceLoss`. */
export interface TripletDistanceOptions extends TripletOptions {
  /** Distance of pairs of rows. Default: the euclidean one. */
  distanceFunction?: ((a: Tensor, b: Tensor) => Tensor) | null;
}

/** The option keys of `tripletMarginWithDistanceLoss`. */
export const tripletDistanceKeys = ["distanceFunction", "margin", "swap", "reduction"] as const;

/** `tripletMarginLoss` with a distance of one's own. */
export function tripletMarginWithDistanceLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletDistanceOptions = {},
): Tensor {
  checkOptions("tripletMarginWithDistanceLoss", options, tripletDistanceKeys);
  const { margin = 1, swap = false } = options;
  const distance = options.distanceFunction ?? ((a: Tensor, b: Tensor) => aten.pairwiseDistance(a, b));
  const near = distance(anchor, positive);
  const far = distance(anchor, negative);
  const apart = swap ? far.minimum(distance(positive, negative)) : far;
  return reduce("tripletMarginWithDistanceLoss", near.sub(apart).add(margin).clampMin(0), options.reduction);
}
