/** Dice loss for segmentation. */
import * as z from "zod";
import { checkOptions, nn, register, type Tensor } from "../../torch/index.js";
import { checkReduction, type Reduction, sizesDiffer } from "./base-loss.js";
import { reductionConfig } from "./class-weight.js";

/** Options of `DiceLoss`. */
export interface DiceLossOptions {
  /** The class axis. Default 1. */
  axis?: number;
  /** Added to both sides of the fraction. Default 1e-6. */
  smooth?: number;
  /** Over samples and classes. Default "sum". */
  reduction?: Reduction;
  /** Square the predictions in the union, for steeper gradients. Default false. */
  squareInUnion?: boolean;
}

/**
 * 1 - (2 * sum(p * t) + smooth) / (sum(p + t) + smooth) for each sample and class; p softmax, t one-hot.
 * Shapes: pred [N, C, *] logits, targ [N, *] class numbers; "none" gives [N, C]. Source: LOS-7.
 */
export class DiceLoss extends nn.Module<[Tensor, Tensor], Tensor> {
  readonly axis: number;
  readonly smooth: number;
  reduction: Reduction;
  readonly squareInUnion: boolean;

  constructor(options: DiceLossOptions = {}) {
    super();
    checkOptions("DiceLoss", options, ["axis", "smooth", "reduction", "squareInUnion"]);
    const { axis = 1, smooth = 1e-6, reduction = "sum", squareInUnion = false } = options;
    checkReduction("DiceLoss", reduction);
    this.axis = axis;
    this.smooth = smooth;
    this.reduction = reduction;
    this.squareInUnion = squareInUnion;
  }

  forward(pred: Tensor, targ: Tensor): Tensor {
    if (pred.numel() !== targ.numel() * pred.size(this.axis)) throw sizesDiffer(pred, targ);
    const p = this.activation(pred);
    const t = nn.functional.oneHot(targ.long(), pred.size(this.axis)).movedim(-1, this.axis).to(p.dtype); // [N, C, *]
    const dims = Array.from({ length: pred.ndim - 2 }, (_, at) => at + 2);
    const inter = p.mul(t).sum({ dim: dims }); // [N, C]
    const union = (this.squareInUnion ? p.square() : p).add(t).sum({ dim: dims }); // [N, C]
    const loss = inter.mul(2).add(this.smooth).div(union.add(this.smooth)).rsub(1); // [N, C]
    return this.reduction === "none" ? loss : this.reduction === "sum" ? loss.sum() : loss.mean();
  }

  /** Softmax along the class axis. */
  activation(pred: Tensor): Tensor {
    return pred.softmax(this.axis);
  }

  /** The most likely class. */
  decodes(pred: Tensor): Tensor {
    return pred.argmax(this.axis);
  }
}

register("DiceLoss", {
  cls: DiceLoss,
  config: z.strictObject({
    axis: z.number(),
    smooth: z.number(),
    reduction: reductionConfig,
    squareInUnion: z.boolean(),
  }),
  toConfig: ({ axis, smooth, reduction, squareInUnion }) => ({ axis, smooth, reduction, squareInUnion }),
  fromConfig: (config) => new DiceLoss(config),
});
