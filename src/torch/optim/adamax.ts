/** Adamax: Adam with the largest gradient in place of the mean square. */
import { BucketOptimizer } from "./bucket-optimizer.js";
import { l2Gradient } from "./l2-gradient.js";
import { type MomentHypers, momentDefaults, momentRanges } from "./moments.js";
import type { OptimizerSpec, ParamGroup, Params } from "./optimizer.js";
import type { BucketState, BucketStep } from "./param-buckets.js";
import type { TensorList } from "./tensor-list.js";

/** Hyper-parameters of `Adamax`: lr 2e-3, weightDecay 0 by default; `betas[1]` decays the largest gradient. */
export type AdamaxHypers = MomentHypers;

type State = { step: number; expAvg: TensorList; expInf: TensorList };

const spec: OptimizerSpec<AdamaxHypers> = {
  defaults: { ...momentDefaults, lr: 2e-3 },
  ranges: momentRanges,
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
