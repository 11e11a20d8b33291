/** Adam and AdamW: one fused kernel for all parameters of a group. */
import { full } from "../creation.js";
import { keep } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { checkRange } from "./check-hypers.js";
import { kernel } from "./foreach.js";
import { Optimizer, type ParamGroup, type Params, type SavedHyper } from "./optimizer.js";
import type { Bucket, BucketState, BucketStep } from "./param-buckets.js";
import type { TensorList } from "./tensor-list.js";

/** Hyper-parameters of `Adam` and `AdamW`. */
export interface AdamHypers {
  /** Learning rate. Default 1e-3. */
  lr: number;
  /** Decay of the averages of gradient and squared gradient. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Added to the denominator, after the square root. Default 1e-8. */
  eps: number;
  /** Adam: L2 penalty, default 0. AdamW: decoupled decay, default 0.01. */
  weightDecay: number;
  /** Divide by the largest average seen (Reddi et al. 2018). Default false. */
  amsgrad: boolean;
  /** Go up the gradient. Default false. */
  maximize: boolean;
}

const DEFAULTS: AdamHypers = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  maximize: false,
};

/** What both have in common: all but the place of weight decay. */
abstract class AdamFamily extends Optimizer<AdamHypers> {
  /** Whether decay acts on the parameters directly. */
  protected abstract readonly decoupled: boolean;
  // The kernel wants the number of steps as a tensor a parameter; a bucket's parameters share one.
  readonly #steps = new WeakMap<Bucket, { count: Tensor; list: TensorList }>();

  protected override check({ lr, betas, eps, weightDecay }: AdamHypers): void {
    const where = this.constructor.name;
    checkRange(where, "lr", lr);
    checkRange(where, "eps", eps);
    checkRange(where, "weightDecay", weightDecay);
    betas.forEach((beta, at) => {
      checkRange(where, `betas[${at}]`, beta, 0, 1);
    });
  }

  protected override init(params: TensorList, { amsgrad }: ParamGroup<AdamHypers>): BucketState {
    const state = { step: 0, expAvg: params.zerosLike(), expAvgSq: params.zerosLike() };
    return amsgrad ? { ...state, maxExpAvgSq: params.zerosLike() } : state;
  }

  protected override update({ bucket, grads }: BucketStep, group: ParamGroup<AdamHypers>): void {
    const { params, state } = bucket;
    const { expAvg, expAvgSq, maxExpAvgSq } = state;
    const { amsgrad, maximize, betas } = group;
    const steps = this.#counted(bucket);
    const maxima = amsgrad ? maxExpAvgSq : [];
    const { lr, weightDecay, eps } = group;
    const fused = kernel(this.decoupled ? "_fused_adamw_" : "_fused_adam_");
    fused(params, grads, expAvg, expAvgSq, maxima, steps, lr, betas[0], betas[1], weightDecay, eps, amsgrad, maximize);
  }

  protected override pythonHypers(): Record<string, SavedHyper> {
    const { decoupled } = this;
    return { foreach: null, capturable: false, differentiable: false, fused: null, decoupled_weight_decay: decoupled };
  }

  #counted(bucket: Bucket): TensorList {
    const { params, state } = bucket;
    let steps = this.#steps.get(bucket);
    if (!steps) {
      const count = keep(full([], state.step as number, { dtype: "float32", device: params[0]?.device ?? "cpu" }));
      steps = { count, list: params.each(() => count) };
      this.#steps.set(bucket, steps);
    }
    state.step = (state.step as number) + 1;
    steps.count.add_(1);
    return steps.list;
  }
}

/**
 * p -= lr * m / (sqrt(v) + eps), where m and v are bias-corrected running averages of the gradient and its square;
 * `weightDecay * p` is added to the gradient. Formula and defaults are PyTorch's.
 */
export class Adam extends AdamFamily {
  protected override readonly decoupled = false;

  constructor(params: Params<AdamHypers>, options: Partial<AdamHypers> = {}) {
    super(params, options, DEFAULTS);
  }
}

/** `Adam` with decoupled weight decay: p is multiplied by 1 - lr * weightDecay before the step. */
export class AdamW extends AdamFamily {
  protected override readonly decoupled = true;

  constructor(params: Params<AdamHypers>, options: Partial<AdamHypers> = {}) {
    super(params, options, { ...DEFAULTS, weightDecay: 0.01 });
  }
}
