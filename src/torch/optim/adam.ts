/** Adam and AdamW: one fused kernel for all parameters of a group. */
import { BucketOptimizer } from "./bucket-optimizer.js";
import { kernel } from "./foreach.js";
import { type DecoupledHypers, type MomentHypers, momentDefaults, momentRanges, zeroMoments } from "./moments.js";
import type { OptimizerSpec, ParamGroup, Params } from "./optimizer.js";
import type { BucketState, BucketStep } from "./param-buckets.js";
import { StepTensors } from "./step-tensors.js";
import type { TensorList } from "./tensor-list.js";

/** Hyper-parameters of `AdamW`: lr 1e-3, weightDecay 0.01 by default. */
export interface AdamWHypers extends MomentHypers {
  /** Divide by the largest average seen (Reddi et al. 2018). Default false. */
  amsgrad: boolean;
}

/** Hyper-parameters of `Adam`: lr 1e-3, weightDecay 0 by default. */
export interface AdamHypers extends AdamWHypers, DecoupledHypers {}

const spec: OptimizerSpec<AdamHypers> = {
  defaults: { ...momentDefaults, lr: 1e-3, amsgrad: false, decoupledWeightDecay: false },
  ranges: momentRanges,
  python: { foreach: null, capturable: false, differentiable: false, fused: null },
};

const { decoupledWeightDecay: _, ...adamWDefaults } = { ...spec.defaults, weightDecay: 0.01 };

const adamWSpec: OptimizerSpec<AdamWHypers> = {
  ...spec,
  defaults: adamWDefaults,
  python: { ...spec.python, decoupled_weight_decay: true },
};

/** What both have in common: all but the place of weight decay. */
abstract class AdamFamily<Hypers extends AdamWHypers> extends BucketOptimizer<Hypers> {
  readonly #steps = new StepTensors();

  /** Whether decay acts on the parameters directly. */
  protected abstract isDecoupled(group: ParamGroup<Hypers>): boolean;

  protected override init(params: TensorList, { amsgrad }: ParamGroup<Hypers>): BucketState {
    return { ...zeroMoments(params), ...(amsgrad ? { maxExpAvgSq: params.zerosLike() } : {}) };
  }

  protected override update({ bucket, grads }: BucketStep, group: ParamGroup<Hypers>): void {
    const { params, state } = bucket;
    const { expAvg, expAvgSq, maxExpAvgSq } = state;
    const { lr, betas, eps, weightDecay, amsgrad, maximize } = group;
    const steps = this.#steps.next(bucket);
    const maxima = amsgrad ? maxExpAvgSq : [];
    const decoupled = this.isDecoupled(group);
    const hypers = [lr, ...betas, weightDecay, eps, amsgrad, maximize, decoupled];
    kernel("fastai::adam_")(params, grads, expAvg, expAvgSq, maxima, steps, ...hypers);
  }
}

/**
 * p -= lr * m / (sqrt(v) + eps), where m and v are bias-corrected running averages of the gradient and its square;
 * `weightDecay * p` is added to the gradient. Formula and defaults are PyTorch's. Source: Kingma and Ba 2014.
 */
export class Adam extends AdamFamily<AdamHypers> {
  constructor(params: Params<AdamHypers>, options: Partial<AdamHypers> = {}) {
    super(params, options, spec);
  }

  protected override isDecoupled({ decoupledWeightDecay }: AdamHypers): boolean {
    return decoupledWeightDecay;
  }
}

/**
 * `Adam` with decoupled weight decay: p is multiplied by 1 - lr * weightDecay before the step.
 * Source: Loshchilov and Hutter 2019.
 */
export class AdamW extends AdamFamily<AdamWHypers> {
  constructor(params: Params<AdamWHypers>, options: Partial<AdamWHypers> = {}) {
    super(params, options, adamWSpec);
  }

  protected override isDecoupled(): boolean {
    return true;
  }
}
