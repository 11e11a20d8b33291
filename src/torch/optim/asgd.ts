/** Averaged stochastic gradient descent, on lists. */
import { BucketOptimizer } from "./bucket-optimizer.js";
import { notNegative } from "./hyper-ranges.js";
import { l2Gradient } from "./l2-gradient.js";
import type { OptimizerSpec, ParamGroup, Params } from "./optimizer.js";
import type { BucketState, BucketStep } from "./param-buckets.js";
import type { TensorList } from "./tensor-list.js";

/** Hyper-parameters of `ASGD`. */
export interface ASGDHypers {
  /** Learning rate. Default 1e-2. */
  lr: number;
  /** How strongly parameters and rate decay. Default 1e-4. */
  lambd: number;
  /** Power of the rate's decay. Default 0.75. */
  alpha: number;
  /** Step from which on parameters are averaged. Default 1e6. */
  t0: number;
  /** L2 penalty: `weightDecay * p` is added to the gradient. Default 0. */
  weightDecay: number;
  /** Go up the gradient. Default false. */
  maximize: boolean;
}

type State = { step: number; eta: number; mu: number; ax: TensorList };

const spec: OptimizerSpec<ASGDHypers> = {
  defaults: { lr: 1e-2, lambd: 1e-4, alpha: 0.75, t0: 1e6, weightDecay: 0, maximize: false },
  ranges: { lr: notNegative, weightDecay: notNegative },
  python: { foreach: null, capturable: false, differentiable: false },
};

/**
 * p = (1 - lambd * eta) * p - eta * g with a rate eta that falls; the state's `ax` is the average of p from step `t0` on.
 * Formula and defaults are PyTorch's. Source: Polyak and Juditsky 1992.
 */
export class ASGD extends BucketOptimizer<ASGDHypers> {
  constructor(params: Params<ASGDHypers>, options: Partial<ASGDHypers> = {}) {
    super(params, options, spec);
  }

  protected override init(params: TensorList, { lr }: ParamGroup<ASGDHypers>): BucketState {
    return { step: 0, eta: lr, mu: 1, ax: params.zerosLike() };
  }

  protected override update(step: BucketStep, group: ParamGroup<ASGDHypers>): void {
    const { params } = step.bucket;
    const state = step.bucket.state as State; // what `init` made
    const { lr, lambd, alpha, t0 } = group;
    const g = l2Gradient(step, group);
    state.step += 1;
    params.mul_(1 - lambd * state.eta).add_(g, { alpha: -state.eta });
    if (state.mu === 1) state.ax.copy_(params);
    else state.ax.lerp_(params, state.mu);
    state.eta = lr / (1 + lambd * lr * state.step) ** alpha;
    state.mu = 1 / Math.max(1, state.step - t0);
  }
}
