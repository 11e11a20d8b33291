/** NAdam: Adam that looks ahead along its momentum. */
import { BucketOptimizer } from "./bucket-optimizer.js";
import { notNegative } from "./hyper-ranges.js";
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

/** Hyper-parameters of `NAdam`: lr 2e-3, weightDecay 0 by default. */
export interface NAdamHypers extends DecoupledHypers {
  /** How fast the momentum approaches betas[0]. Default 4e-3. */
  momentumDecay: number;
}

type State = Moments & { muProduct: number };

const spec: OptimizerSpec<NAdamHypers> = {
  defaults: { ...momentDefaults, lr: 2e-3, momentumDecay: 4e-3, decoupledWeightDecay: false },
  ranges: { ...momentRanges, momentumDecay: notNegative },
  python: { foreach: null, capturable: false, differentiable: false },
};

/** Adam with Nesterov momentum whose factor µ grows with the steps. Formula and defaults are PyTorch's. Source: Dozat 2016. */
export class NAdam extends BucketOptimizer<NAdamHypers> {
  constructor(params: Params<NAdamHypers>, options: Partial<NAdamHypers> = {}) {
    super(params, options, spec);
  }

  protected override init(params: TensorList): BucketState {
    return { ...zeroMoments(params), muProduct: 1 };
  }

  protected override update(step: BucketStep, group: ParamGroup<NAdamHypers>): void {
    const { params } = step.bucket;
    const state = step.bucket.state as State; // what `init` made
    const { lr, betas, eps, momentumDecay } = group;
    const g = takeMoments(step, group);
    const mu = (t: number): number => betas[0] * (1 - 0.5 * 0.96 ** (t * momentumDecay));
    const [now, next] = [mu(state.step), mu(state.step + 1)];
    state.muProduct *= now;
    const variance = state.expAvgSq.div(1 - betas[1] ** state.step);
    const denominator = variance.sqrt_().add_(eps);
    params.addcdiv_(g, denominator, (-lr * (1 - now)) / (1 - state.muProduct));
    params.addcdiv_(state.expAvg, denominator, (-lr * next) / (1 - state.muProduct * next));
  }
}
