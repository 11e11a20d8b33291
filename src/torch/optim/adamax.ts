/** Adamax: Adam with the largest gradient in place of the mean square. */
import { BucketOptimizer } from "./bucket-optimizer.js";
import { decayFactor, notNegative } from "./hyper-ranges.js";
import { l2Gradient } from "./l2-gradient.js";
import type { OptimizerSpec, ParamGroup, Params } from "./optimizer.js";
import type { BucketState, BucketStep } from "./param-buckets.js";
import type { TensorList } from "./tensor-list.js";

/** Hyper-parameters of `Adamax`. */
export interface AdamaxHypers {
  /** Learning rate. Default 2e-3. */
  lr: number;
  /** Decay of the average of gradients and of the largest one. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Added to each gradient's size. Default 1e-8. */
  eps: number;
  /** L2 penalty: `weightDecay * p` is added to the gradient. Default 0. */
  weightDecay: number;
  /** Go up the gradient. Default false. */
  maximize: boolean;
}

type State = { step: number; expAvg: TensorList; expInf: TensorList };

const spec: OptimizerSpec<AdamaxHypers> = {
  defaults: { lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, maximize: false },
  ranges: { lr: notNegative, betas: decayFactor, eps: notNegative, weightDecay: notNegative },
  python: { foreach: null, capturable: false, differentiable: false },
};

/**
 * p -= lr / (1 - beta1^t) * m / u, u = max(beta2 * u, |g| + eps). Formula and defaults are PyTorch's.
 * Source: Kingma and Ba 2014, algorithm 2.
 */
export class Adamax extends BucketOptimizer<AdamaxHypers> {
  constructor(params: Params<AdamaxHypers>, options: Partial<AdamaxHypers> = {}) {
    super(params, options, spec);
  }

  protected override init(params: TensorList): BucketState {
    return { step: 0, expAvg: params.zerosLike(), expInf: params.zerosLike() };
  }

  protected override update(step: BucketStep, group: ParamGroup<AdamaxHypers>): void {
    const state = step.bucket.state as State; // what `init` made
    const { lr, betas, eps } = group;
    const [beta1, beta2] = betas;
    const g = l2Gradient(step, group);
    state.step += 1;
    state.expAvg.lerp_(g, 1 - beta1);
    state.expInf.mul_(beta2).maximum_(g.abs().add_(eps));
    step.bucket.params.addcdiv_(state.expAvg, state.expInf, -lr / (1 - beta1 ** state.step));
  }
}
