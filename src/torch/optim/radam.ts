/** RAdam: Adam that trusts its variance only once it has seen enough. */
import { BucketOptimizer } from "./bucket-optimizer.js";
import {
  type DecoupledHypers,
  type Moments,
  momentDefaults,
  momentRanges,
  takeMoments,
  zeroMoments,
} from "./moments.js";
import type { OptimizerSpec, ParamGroup, Params } from "./optimizer.js";
import type { BucketState, BucketStep } from "./param-buckets.js";
import type { TensorList } from "./tensor-list.js";

/** Hyper-parameters of `RAdam`: lr 1e-3, weightDecay 0 by default. */
export type RAdamHypers = DecoupledHypers;

const spec: OptimizerSpec<RAdamHypers> = {
  defaults: { ...momentDefaults, lr: 1e-3, decoupledWeightDecay: false },
  ranges: momentRanges,
  python: { foreach: null, capturable: false, differentiable: false },
};

/**
 * Adam whose adaptive part starts when the average of squares rests on more than 5 gradients, and grows with them; before,
 * plain momentum. Formula and defaults are PyTorch's. Source: Liu et al. 2019, algorithm 2.
 */
export class RAdam extends BucketOptimizer<RAdamHypers> {
  constructor(params: Params<RAdamHypers>, options: Partial<RAdamHypers> = {}) {
    super(params, options, spec);
  }

  protected override init(params: TensorList): BucketState {
    return zeroMoments(params);
  }

  protected override update(step: BucketStep, group: ParamGroup<RAdamHypers>): void {
    const { params } = step.bucket;
    const { lr, betas, eps } = group;
    takeMoments(step, group);
    const { step: t, expAvg, expAvgSq } = step.bucket.state as Moments; // what `init` made
    const [correction1, correction2] = betas.map((beta) => 1 - beta ** t) as [number, number];
    const longest = 2 / (1 - betas[1]) - 1; // rho_inf
    const length = longest - (2 * t * betas[1] ** t) / correction2; // rho_t
    if (length > 5) {
      const ratio = ((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length);
      const rate = (lr * Math.sqrt(ratio * correction2)) / correction1;
      params.addcdiv_(expAvg, expAvgSq.sqrt().add_(eps), -rate);
    } else {
      params.add_(expAvg, { alpha: -lr / correction1 });
    }
  }
}
