/** Losses as modules: `(input, target) -> loss`. */
import { checkOptions } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import * as F from "../functional/losses.js";
import { Module } from "../module.js";
import { type Buffer, buffer } from "../parameter.js";

abstract class Loss<Options extends { reduction?: string }> extends Module<[input: Tensor, target: Tensor], Tensor> {
  #options: Options;

  constructor(options: Options, keys: readonly string[]) {
    super();
    checkOptions(new.target.name, options, keys);
    this.#options = { ...options };
  }

  /** The options given at construction. */
  get options(): Readonly<Options> {
    return this.#options;
  }

  /** How the losses of the elements are combined; may be changed. Default "mean". */
  get reduction(): NonNullable<Options["reduction"]> {
    return this.#options.reduction ?? "mean";
  }
  set reduction(reduction: NonNullable<Options["reduction"]>) {
    this.#options = { ...this.#options, reduction };
  }
}

/** Losses with class weights, which are a buffer as in PyTorch. */
abstract class WeightedLoss<Options extends { weight?: Tensor | null; reduction?: string }> extends Loss<Options> {
  /** Weight of each class, or null. */
  weight: Buffer | null;

  constructor(options: Options, keys: readonly string[]) {
    super(options, keys);
    this.weight = options.weight ? buffer(options.weight) : null;
  }
}

/** Softmax and negative log likelihood in one. Shapes: input [N, C, *], target int64 [N, *] or probabilities [N, C, *]. */
export class CrossEntropyLoss extends WeightedLoss<F.CrossEntropyOptions> {
  constructor(options: F.CrossEntropyOptions = {}) {
    super(options, F.crossEntropyKeys);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return F.crossEntropy(input, target, { ...this.options, weight: this.weight });
  }
}

/** Negative log likelihood. Shapes: input (log probabilities) [N, C, *], target int64 [N, *]. */
export class NLLLoss extends WeightedLoss<F.NllLossOptions> {
  constructor(options: F.NllLossOptions = {}) {
    super(options, F.nllLossKeys);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return F.nllLoss(input, target, { ...this.options, weight: this.weight });
  }
}

/** Squared difference. */
export class MSELoss extends Loss<F.ReductionOptions> {
  constructor(options: F.ReductionOptions = {}) {
    super(options, F.reductionKeys);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return F.mseLoss(input, target, this.options);
  }
}

/** Absolute difference. */
export class L1Loss extends Loss<F.ReductionOptions> {
  constructor(options: F.ReductionOptions = {}) {
    super(options, F.reductionKeys);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return F.l1Loss(input, target, this.options);
  }
}

/** Squared below `beta`, absolute above. */
export class SmoothL1Loss extends Loss<F.SmoothL1LossOptions> {
  constructor(options: F.SmoothL1LossOptions = {}) {
    super(options, F.smoothL1LossKeys);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return F.smoothL1Loss(input, target, this.options);
  }
}

/** Squared below `delta`, absolute times `delta` above. */
export class HuberLoss extends Loss<F.HuberLossOptions> {
  constructor(options: F.HuberLossOptions = {}) {
    super(options, F.huberLossKeys);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return F.huberLoss(input, target, this.options);
  }
}

/** Binary cross entropy of probabilities. */
export class BCELoss extends WeightedLoss<F.BinaryCrossEntropyOptions> {
  constructor(options: F.BinaryCrossEntropyOptions = {}) {
    super(options, F.binaryCrossEntropyKeys);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return F.binaryCrossEntropy(input, target, { ...this.options, weight: this.weight });
  }
}

/** Sigmoid and binary cross entropy in one. */
export class BCEWithLogitsLoss extends WeightedLoss<F.BinaryCrossEntropyWithLogitsOptions> {
  /** Weight of the positive examples of each class, or null. */
  pos_weight: Buffer | null;

  constructor(options: F.BinaryCrossEntropyWithLogitsOptions = {}) {
    super(options, F.binaryCrossEntropyWithLogitsKeys);
    this.pos_weight = options.posWeight ? buffer(options.posWeight) : null;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    const { reduction } = this.options;
    return F.binaryCrossEntropyWithLogits(input, target, {
      reduction,
      weight: this.weight,
      posWeight: this.pos_weight,
    });
  }
}

/** Kullback-Leibler divergence; input are log probabilities. */
export class KLDivLoss extends Loss<F.KlDivOptions> {
  constructor(options: F.KlDivOptions = {}) {
    super(options, F.klDivKeys);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return F.klDiv(input, target, this.options);
  }
}
