/** Cross entropy over classes. */
import * as z from "zod";
import { checkOptions, nn, register, type Tensor } from "../../torch/index.js";
import { BASE_OPTIONS, BaseLoss, type BaseLossOptions } from "./base-loss.js";
import { type ClassWeight, reductionConfig, weightBuffer, weightConfig, weightNumbers } from "./class-weight.js";

/** Options of `CrossEntropyLossFlat`. */
export interface CrossEntropyLossFlatOptions extends BaseLossOptions {
  /** One weight for each class. Default all 1. */
  weight?: ClassWeight | null;
  /** Targets of this value do not count. Default -100. */
  ignoreIndex?: number;
  /** Share of the target's weight that goes to all classes alike. Default 0. */
  labelSmoothing?: number;
}

/** A loss over classes: softmax along the class axis is its activation, the largest class its decoding. */
export class ClassLoss extends BaseLoss {
  override readonly yInt = true;

  /** Softmax along the class axis. */
  override activation(pred: Tensor): Tensor {
    return pred.softmax(this.axis);
  }

  /** The most likely class. */
  override decodes(pred: Tensor): Tensor {
    return pred.argmax(this.axis);
  }
}

/**
 * Cross entropy of logits against class numbers, flattened.
 * Shapes: pred [N, *, C] (or the class axis elsewhere: `axis`), targ [N, *] integers. Source: LOS-2.
 *
 * @example
 * const loss = new CrossEntropyLossFlat({ axis: 1 }); // segmentation
 */
export class CrossEntropyLossFlat extends ClassLoss {
  readonly weight: nn.Buffer | null;
  readonly ignoreIndex: number;
  readonly labelSmoothing: number;

  constructor(options: CrossEntropyLossFlatOptions = {}) {
    checkOptions("CrossEntropyLossFlat", options, [...BASE_OPTIONS, "weight", "ignoreIndex", "labelSmoothing"]);
    const { weight, ignoreIndex = -100, labelSmoothing = 0, ...base } = options;
    super(nn.functional.crossEntropy, base);
    this.weight = weightBuffer(weight);
    this.ignoreIndex = ignoreIndex;
    this.labelSmoothing = labelSmoothing;
  }

  protected override kernelOptions(): object {
    return { weight: this.weight, ignoreIndex: this.ignoreIndex, labelSmoothing: this.labelSmoothing };
  }
}

register("CrossEntropyLossFlat", {
  cls: CrossEntropyLossFlat,
  config: z.strictObject({
    axis: z.number(),
    reduction: reductionConfig,
    weight: weightConfig,
    ignoreIndex: z.number(),
    labelSmoothing: z.number(),
  }),
  toConfig: ({ axis, reduction, weight, ignoreIndex, labelSmoothing }) => ({
    axis,
    reduction,
    weight: weightNumbers(weight),
    ignoreIndex,
    labelSmoothing,
  }),
  fromConfig: (config) => new CrossEntropyLossFlat(config),
});
