/** Binary cross entropy of logits: several labels an item. */
import * as z from "zod";
import { checkOptions, nn, OptionError, register, type Tensor } from "../../torch/index.js";
import { BASE_OPTIONS, BaseLoss, type BaseLossOptions } from "./base-loss.js";
import { type ClassWeight, reductionConfig, weightBuffer, weightConfig, weightNumbers } from "./class-weight.js";

/** Options of `BCEWithLogitsLossFlat`. */
export interface BCEWithLogitsLossFlatOptions extends BaseLossOptions {
  /** Probabilities above it are decoded as true. Default 0.5. */
  thresh?: number;
  /** A weight for each element of the flat batch. Default all 1. */
  weight?: ClassWeight | null;
  /** How much more positive targets count, by class; predictions stay unflattened then. Default all 1. */
  posWeight?: ClassWeight | null;
}

/**
 * Binary cross entropy of logits against zeros and ones (converted to float), flattened.
 * Shapes: pred and targ [N, *] alike. Source: LOS-4.
 */
export class BCEWithLogitsLossFlat extends BaseLoss {
  readonly thresh: number;
  readonly weight: nn.Buffer | null;
  readonly posWeight: nn.Buffer | null;

  constructor(options: BCEWithLogitsLossFlatOptions = {}) {
    checkOptions("BCEWithLogitsLossFlat", options, [...BASE_OPTIONS, "thresh", "weight", "posWeight"]);
    const { thresh = 0.5, weight, posWeight, ...base } = options;
    if (posWeight && base.flatten) {
      throw new OptionError(
        "BCEWithLogitsLossFlat: expected flatten: false with posWeight, which is by class, got true. Leave flatten out.",
      );
    }
    super(nn.functional.binaryCrossEntropyWithLogits, {
      floatify: true,
      is2d: false,
      ...base,
      ...(posWeight ? { flatten: false } : {}),
    });
    this.thresh = thresh;
    this.weight = weightBuffer(weight);
    this.posWeight = weightBuffer(posWeight);
  }

  /** Sigmoid. */
  override activation(pred: Tensor): Tensor {
    return pred.sigmoid();
  }

  /** Whether the probability is above the threshold. */
  override decodes(pred: Tensor): Tensor {
    return pred.gt(this.thresh);
  }

  protected override kernelOptions(): object {
    return { weight: this.weight, posWeight: this.posWeight };
  }
}

register("BCEWithLogitsLossFlat", {
  cls: BCEWithLogitsLossFlat,
  config: z.strictObject({
    axis: z.number(),
    floatify: z.boolean(),
    reduction: reductionConfig,
    thresh: z.number(),
    weight: weightConfig,
    posWeight: weightConfig,
  }),
  toConfig: ({ axis, floatify, reduction, thresh, weight, posWeight }) => ({
    axis,
    floatify,
    reduction,
    thresh,
    weight: weightNumbers(weight),
    posWeight: weightNumbers(posWeight),
  }),
  fromConfig: (config) => new BCEWithLogitsLossFlat(config),
});
