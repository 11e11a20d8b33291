/** Focal loss (Lin et al. 2017): cross entropy that counts easy examples less. */
import * as z from "zod";
import { checkOptions, nn, register, type Tensor } from "../../torch/index.js";
import { BASE_OPTIONS, type BaseLossOptions, checkReduction, type Reduction } from "./base-loss.js";
import { type ClassWeight, reductionConfig, weightBuffer, weightConfig, weightNumbers } from "./class-weight.js";
import { ClassLoss } from "./cross-entropy.js";

/** Options of `focalLoss` and `FocalLoss`. */
export interface FocalLossOptions {
  /** How much less easy examples count. Default 2. */
  gamma?: number;
  /** One weight for each class (alpha in the paper). Default all 1. */
  weight?: ClassWeight | null;
  /** Default "mean". */
  reduction?: Reduction;
}

interface FocalKernelOptions {
  gamma?: number;
  weight?: Tensor | null;
  reduction?: Reduction;
}

/**
 * (1 - p)^gamma * ce with p = exp(-ce), where ce includes the class weight (so p is not a probability under weights).
 * Shapes: input [N, C, *] logits, targ [N, *] integers. Source: LOS-3.
 */
export function focalLoss(input: Tensor, targ: Tensor, options: FocalKernelOptions = {}): Tensor {
  const { gamma = 2, weight = null, reduction = "mean" } = options;
  const ce = nn.functional.crossEntropy(input, targ, { weight, reduction: "none" }); // [N, *]
  const loss = ce.neg().exp().rsub(1).pow(gamma).mul(ce); // [N, *]
  return reduction === "none" ? loss : reduction === "sum" ? loss.sum() : loss.mean();
}

/** `focalLoss` as a module, without flattening. Source: LOS-3. */
export class FocalLoss extends nn.Module<[Tensor, Tensor], Tensor> {
  readonly gamma: number;
  readonly weight: nn.Buffer | null;
  reduction: Reduction;
  /** Whether MixUp and the like must mix losses because targets are classes. */
  readonly yInt = true;

  constructor(options: FocalLossOptions = {}) {
    super();
    checkOptions("FocalLoss", options, ["gamma", "weight", "reduction"]);
    const { gamma = 2, weight, reduction = "mean" } = options;
    checkReduction("FocalLoss", reduction);
    this.gamma = gamma;
    this.weight = weightBuffer(weight);
    this.reduction = reduction;
  }

  forward(input: Tensor, targ: Tensor): Tensor {
    const { gamma, weight, reduction } = this;
    return focalLoss(input, targ, { gamma, weight, reduction });
  }
}

/** Options of `FocalLossFlat`. */
export interface FocalLossFlatOptions extends BaseLossOptions, FocalLossOptions {
  reduction?: Reduction;
}

/** `focalLoss`, flattened. Shapes: pred [N, *, C] (or `axis`), targ [N, *] integers. Source: LOS-3. */
export class FocalLossFlat extends ClassLoss {
  readonly gamma: number;
  readonly weight: nn.Buffer | null;

  constructor(options: FocalLossFlatOptions = {}) {
    checkOptions("FocalLossFlat", options, [...BASE_OPTIONS, "gamma", "weight"]);
    const { gamma = 2, weight, ...base } = options;
    super(focalLoss, base);
    this.gamma = gamma;
    this.weight = weightBuffer(weight);
  }

  protected override kernelOptions(): object {
    return { gamma: this.gamma, weight: this.weight };
  }
}

const focalConfig = { gamma: z.number(), weight: weightConfig, reduction: reductionConfig };

register("FocalLoss", {
  cls: FocalLoss,
  config: z.strictObject(focalConfig),
  toConfig: ({ gamma, weight, reduction }) => ({ gamma, weight: weightNumbers(weight), reduction }),
  fromConfig: (config) => new FocalLoss(config),
});

register("FocalLossFlat", {
  cls: FocalLossFlat,
  config: z.strictObject({ ...focalConfig, axis: z.number() }),
  toConfig: ({ gamma, weight, reduction, axis }) => ({ gamma, weight: weightNumbers(weight), reduction, axis }),
  fromConfig: (config) => new FocalLossFlat(config),
});
