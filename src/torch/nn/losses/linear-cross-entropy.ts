/** A classifier's last layer and its loss in one. */
import { checkOptions } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { type FactoryOptions, factoryKeys } from "../factory.js";
import {
  type LinearCrossEntropyOptions,
  linearCrossEntropy,
  linearCrossEntropyKeys,
} from "../functional/linear-cross-entropy.js";
import { Linear } from "../linear.js";
import { Module } from "../module.js";
import { type Buffer, buffer } from "../parameter.js";
import { pythonFloat, pythonText } from "../python-text.js";

/** Options of `LinearCrossEntropyLoss`. */
export interface LinearCrossEntropyLossOptions extends Omit<LinearCrossEntropyOptions, "linearBias">, FactoryOptions {
  /** Further dimensions of the target. Default []. */
  outFeatures?: readonly number[];
  /** Whether the map has a bias. Default false. */
  bias?: boolean;
}

/** What the function is called with. */
type LossOptions = Omit<LinearCrossEntropyOptions, "linearBias" | "weight">;

const keys = [...linearCrossEntropyKeys.filter((key) => key !== "linearBias"), "outFeatures", "bias", ...factoryKeys];

/**
 * Cross entropy of the logits of a linear map, which is part of the loss.
 * Shapes: x [N, inFeatures], target int64 [N, ...outFeatures] or probabilities [N, C, ...outFeatures].
 */
export class LinearCrossEntropyLoss extends Module<[x: Tensor, target: Tensor], Tensor> {
  linear: Linear;
  weight: Buffer | null;
  readonly outFeatures: readonly number[];
  private readonly loss: LossOptions;

  constructor(
    readonly inFeatures: number,
    readonly numClasses: number,
    options: LinearCrossEntropyLossOptions = {},
  ) {
    super();
    checkOptions("LinearCrossEntropyLoss", options, keys);
    const { outFeatures = [], bias = false, device, dtype, weight = null, ...loss } = options;
    this.outFeatures = outFeatures;
    this.loss = loss;
    this.weight = weight ? buffer(weight) : null;
    const outputs = outFeatures.reduce((product, size) => product * size, numClasses);
    this.linear = new Linear(inFeatures, outputs, { bias, device, dtype });
  }

  /** The options given at construction that concern the loss. */
  get options(): Readonly<LossOptions> {
    return this.loss;
  }

  /** Whether the map has a bias. */
  get bias(): boolean {
    return this.linear.bias !== null;
  }

  override extraRepr(): string {
    const { inFeatures, numClasses, outFeatures, bias } = this;
    const { reduction = "mean", ignoreIndex = null, labelSmoothing = 0 } = this.options;
    return (
      `in_features=${inFeatures}, num_classes=${numClasses}, out_features=${pythonText(outFeatures)}, ` +
      `bias=${pythonText(bias)}, reduction=${reduction}, ignore_index=${pythonText(ignoreIndex)}, ` +
      `label_smoothing=${pythonFloat(labelSmoothing)}`
    );
  }

  forward(x: Tensor, target: Tensor): Tensor {
    const { weight, bias } = this.linear;
    const shape = [this.numClasses, ...this.outFeatures];
    return linearCrossEntropy(x, weight.view([...shape, this.inFeatures]), target, {
      ...this.loss,
      weight: this.weight,
      linearBias: bias ? bias.view(shape) : null,
    });
  }
}
