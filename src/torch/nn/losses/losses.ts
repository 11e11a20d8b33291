/** Losses as modules. */
import type { Tensor } from "../../tensor.js";
import * as likelihood from "../functional/likelihood-losses.js";
import * as F from "../functional/losses.js";
import * as margins from "../functional/margin-losses.js";
import type { ReductionOptions } from "../functional/reduction.js";
import { lossModule } from "./loss.js";

type Pair = [input: Tensor, target: Tensor];
type Ranked = [input1: Tensor, input2: Tensor, target: Tensor];
type Triplet = [anchor: Tensor, positive: Tensor, negative: Tensor];
type Sequences = [
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: Tensor | readonly number[],
  targetLengths: Tensor | readonly number[],
];

const plain = F.reductionKeys;
const weight = { weight: "weight" } as const;

const crossEntropy = lossModule<F.CrossEntropyOptions, Pair, "weight">(F.crossEntropy, F.crossEntropyKeys, weight);
const nll = lossModule<F.NllLossOptions, Pair, "weight">(F.nllLoss, F.nllLossKeys, weight);
const mse = lossModule<ReductionOptions, Pair>(F.mseLoss, plain);
const l1 = lossModule<ReductionOptions, Pair>(F.l1Loss, plain);
const smoothL1 = lossModule<F.SmoothL1LossOptions, Pair>(F.smoothL1Loss, F.smoothL1LossKeys);
const huber = lossModule<Omit<F.HuberLossOptions, "weight">, Pair>(F.huberLoss, F.huberLossKeys);
const bce = lossModule<F.BinaryCrossEntropyOptions, Pair, "weight">(
  F.binaryCrossEntropy,
  F.binaryCrossEntropyKeys,
  weight,
);
const bceWithLogits = lossModule<F.BinaryCrossEntropyWithLogitsOptions, Pair, "weight" | "pos_weight">(
  F.binaryCrossEntropyWithLogits,
  F.binaryCrossEntropyWithLogitsKeys,
  { weight: "weight", pos_weight: "posWeight" },
);
const klDiv = lossModule<F.KlDivOptions, Pair>(F.klDiv, F.klDivKeys);
const poissonNll = lossModule<likelihood.PoissonNllOptions, Pair>(likelihood.poissonNllLoss, likelihood.poissonNllKeys);
const gaussianNll = lossModule<likelihood.GaussianNllOptions, [...Pair, variance: Tensor | number]>(
  likelihood.gaussianNllLoss,
  likelihood.gaussianNllKeys,
);
const ctc = lossModule<likelihood.CtcOptions, Sequences>(likelihood.ctcLoss, likelihood.ctcKeys);
const cosine = lossModule<margins.MarginOptions, Ranked>(margins.cosineEmbeddingLoss, margins.marginKeys);
const ranking = lossModule<margins.MarginOptions, Ranked>(margins.marginRankingLoss, margins.marginKeys);
const hinge = lossModule<margins.MarginOptions, Pair>(margins.hingeEmbeddingLoss, margins.marginKeys);
const multiMargin = lossModule<margins.MultiMarginOptions, Pair, "weight">(
  margins.multiMarginLoss,
  margins.multiMarginKeys,
  weight,
);
const multiLabelMargin = lossModule<ReductionOptions, Pair>(margins.multilabelMarginLoss, plain);
const softMargin = lossModule<ReductionOptions, Pair>(margins.softMarginLoss, plain);
const multiLabelSoftMargin = lossModule<margins.MultilabelSoftMarginOptions, Pair, "weight">(
  margins.multilabelSoftMarginLoss,
  margins.multilabelSoftMarginKeys,
  weight,
);
const triplet = lossModule<margins.TripletMarginOptions, Triplet>(margins.tripletMarginLoss, margins.tripletMarginKeys);

/** Softmax and negative log likelihood in one. Shapes: input [N, C, *], target int64 [N, *] or probabilities [N, C, *]. */
export class CrossEntropyLoss extends crossEntropy {}

/** Negative log likelihood. Shapes: input (log probabilities) [N, C, *], target int64 [N, *]. */
export class NLLLoss extends nll {}

/** Squared difference. */
export class MSELoss extends mse {}

/** Absolute difference. */
export class L1Loss extends l1 {}

/** Squared below `beta`, absolute above. */
export class SmoothL1Loss extends smoothL1 {}

/** Squared below `delta`, absolute times `delta` above. */
export class HuberLoss extends huber {}

/** Binary cross entropy of probabilities. */
export class BCELoss extends bce {}

/** Sigmoid and binary cross entropy in one. */
export class BCEWithLogitsLoss extends bceWithLogits {}

/** Kullback-Leibler divergence; input are log probabilities. */
export class KLDivLoss extends klDiv {}

/** Negative log likelihood of counts under a Poisson distribution. */
export class PoissonNLLLoss extends poissonNll {}

/** Negative log likelihood of measurements under normal distributions: `loss(input, target, variance)`. */
export class GaussianNLLLoss extends gaussianNll {}

/** Connectionist temporal classification: `loss(logProbs, targets, inputLengths, targetLengths)`. */
export class CTCLoss extends ctc {}

/** 1 - cos of pairs whose target is 1, max(0, cos - margin) of those whose target is -1. */
export class CosineEmbeddingLoss extends cosine {}

/** max(0, -target (input1 - input2) + margin). */
export class MarginRankingLoss extends ranking {}

/** x where the target is 1, max(0, margin - x) where it is -1. */
export class HingeEmbeddingLoss extends hinge {}

/** Hinge loss of one right class against all others. Shapes: input [N, C], target int64 [N]. */
export class MultiMarginLoss extends multiMargin {}

/** Hinge loss of several right classes. Shapes: [N, C]; target holds class numbers, ended by -1. */
export class MultiLabelMarginLoss extends multiLabelMargin {}

/** log(1 + exp(-target input)) with targets of 1 and -1. */
export class SoftMarginLoss extends softMargin {}

/** Binary cross entropy of logits, averaged over the classes. Shapes: [N, C]. */
export class MultiLabelSoftMarginLoss extends multiLabelSoftMargin {}

/** max(0, d(anchor, positive) - d(anchor, negative) + margin). Source: Balntas et al. 2016. */
export class TripletMarginLoss extends triplet {}
