/** Cross entropy with smoothed labels. */
import * as z from "zod";
import { checkOptions, nn, register, type Tensor } from "../../torch/index.js";
import { BASE_OPTIONS, type BaseLossOptions, checkReduction, type Reduction } from "./base-loss.js";
import { type ClassWeight, reductionConfig, weightBuffer, weightConfig, weightNumbers } from "./class-weight.js";
import { ClassLoss } from "./cross-entropy.js";

/** Options of `LabelSmoothingCrossEntropy`. */
export interface LabelSmoothingOptions {
  /** Share of the target that goes to all classes alike. Default 0.1. */
  eps?: number;
  /** One weight for each class, for the share of the true class only. Default all 1. */
  weight?: ClassWeight | null;
  /** Default "mean". */
  reduction?: Reduction;
}

interface SmoothingKernelOptions {
  eps?: number;
  weight?: Tensor | null;
  reduction?: Reduction;
}

/**
 * (1 - eps) * nll + eps / C * (-sum of log probabilities).
 * Shapes: input [N, C, *] logits, targ [N, *] integers. Source: LOS-6.
 */
export function labelSmoothingCrossEntropy(input: Tensor, targ: Tensor, options: SmoothingKernelOptions = {}): Tensor {
  const { eps = 0.1, weight = null, reduction = "mean" } = options;
  const logProbs = input.logSoftmax(1);
  const spread = logProbs.sum(1).neg(); // [N, *]
  const reduced = reduction === "none" ? spread : reduction === "sum" ? spread.sum() : spread.mean();
  const nll = nn.functional.nllLoss(logProbs, targ.long(), { weight, reduction });
  return reduced.mul(eps / input.size(1)).add(nll, { alpha: 1 - eps });
}

/** `labelSmoothingCrossEntropy` as a module, without flattening; class axis 1. Source: LOS-6. */
export class LabelSmoothingCrossEntropy extends nn.Module<[Tensor, Tensor], Tensor> {
  readonly eps: number;
  readonly weight: nn.Buffer | null;
  reduction: Reduction;
  /** Whether MixUp and the like must mix losses because targets are classes. */
  readonly yInt = true;

  constructor(options: LabelSmoothingOptions = {}) {
    super();
    checkOptions("LabelSmoothingCrossEntropy", options, ["eps", "weight", "reduction"]);
    const { eps = 0.1, weight, reduction = "mean" } = options;
    checkReduction("LabelSmoothingCrossEntropy", reduction);
    this.eps = eps;
    this.weight = weightBuffer(weight);
    this.reduction = reduction;
  }

  forward(input: Tensor, targ: Tensor): Tensor {
    const { eps, weight, reduction } = this;
    return labelSmoothingCrossEntropy(input, targ, { eps, weight, reduction });
  }

  /** Softmax along the last axis. */
  activation(pred: Tensor): Tensor {
    return pred.softmax(-1);
  }

  /** The most likely class along the last axis. */
  decodes(pred: Tensor): Tensor {
    return pred.argmax(-1);
  }
}

/** Options of `LabelSmoothingCrossEntropyFlat`. */
export interface LabelSmoothingFlatOptions extends BaseLossOptions, LabelSmoothingOptions {
  reduction?: Reduction;
}

/**
 * `labelSmoothingCrossEntropy`, flattened. Shapes: pred [N, *, C] (or `axis`), targ [N, *] integers.
 * Activation and decoding go along `axis` (fastai's always along the last). Source: LOS-6.
 */
export class LabelSmoothingCrossEntropyFlat extends ClassLoss {
  readonly eps: number;
  readonly weight: nn.Buffer | null;

  constructor(options: LabelSmoothingFlatOptions = {}) {
    checkOptions("LabelSmoothingCrossEntropyFlat", options, [...BASE_OPTIONS, "eps", "weight"]);
    const { eps = 0.1, weight, ...base } = options;
    super(labelSmoothingCrossEntropy, base);
    this.eps = eps;
    this.weight = weightBuffer(weight);
  }

  protected override kernelOptions(): object {
    return { eps: this.eps, weight: this.weight };
  }
}

const smoothingConfig = { eps: z.number(), weight: weightConfig, reduction: reductionConfig };

register("LabelSmoothingCrossEntropy", {
  cls: LabelSmoothingCrossEntropy,
  config: z.strictObject(smoothingConfig),
  toConfig: ({ eps, weight, reduction }) => ({ eps, weight: weightNumbers(weight), reduction }),
  fromConfig: (config) => new LabelSmoothingCrossEntropy(config),
});

register("LabelSmoothingCrossEntropyFlat", {
  cls: LabelSmoothingCrossEntropyFlat,
  config: z.strictObject({ ...smoothingConfig, axis: z.number() }),
  toConfig: ({ eps, weight, reduction, axis }) => ({ eps, weight: weightNumbers(weight), reduction, axis }),
  fromConfig: (config) => new LabelSmoothingCrossEntropyFlat(config),
});
