/** NAdam: Adam that looks ahead along its momentum. */
import { BucketOptimizer } from "./bucket-optimizer.js";
import { decayFactor, notNegative } from "./hyper-ranges.js";
import { l2Gradient } from "./l2-gradient.js";
import type { OptimizerSpec, ParamGroup, Params } from "./optimizer.js";
import type { BucketState, BucketStep } from "./param-buckets.js";
import type { TensorList } from "./tensor-list.js";

/** Hyper-parameters of `NAdam`. */
export interface NAdamHypers {
  /** Learning rate. Default 2e-3. */
  lr: number;
  /** Decay of the averages of gradient and squared gradient. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Added to the denominator, after the square root. Default 1e-8. */
  eps: number;
  /** L2 penalty, or decoupled decay with `decoupledWeightDecay`. Default 0. */
  weightDecay: number;
  /** How fast the momentum approaches betas[0]. Default 4e-3. */
  momentumDecay: number;
  /** Shrink the parameters by lr * weightDecay instead of adding the penalty to the gradient. Default false. */
  decoupledWeightDecay: boolean;
  /** Go up the gradient. Default false. */
  maximize: boolean;
}

type State = { step: number; muProduct: number; expAvg: TensorList; expAvgSq: TensorList };

const spec: OptimizerSpec<NAdamHypers> = {
  defaults: {
    lr: 2e-3,
    betas: [0.9, 0.999],
    eps: 1e-8,
    weightDecay: 0,
    momentumDecay: 4e-3,
    decoupledWeightDecay: false,
    maximize: false,
  },
  ranges: {
    lr: notNegative,
    betas: decayFactor,
    eps: notNegative,
    weightDecay: notNegative,
    momentumDecay: notNegative,
  },
  python: { foreach: null, capturable: false, differentiable: false },
};

/** Adam with Nesterov momentum whose factor µ grows with the steps. Formula and defaults are PyTorch's. Source: Dozat 2016. */
export class NAdam extends BucketOptimizer<NAdamHypers> {
  constructor(params: Params<NAdamHypers>, options: Partial<NAdamHypers> = {}) {
    super(params, options, spec);
  }

  protected override init(params: TensorList): BucketState {
    return { step: 0, muProduct: 1, expAvg: params.zerosLike(), expAvgSq: params.zerosLike() };
  }

  protected override update(step: BucketStep, group: ParamGroup<NAdamHypers>): void {
    const { params } = step.bucket;
    const state = step.bucket.state as State; // what `init` made
    const { lr, betas, eps, weightDecay, momentumDecay, decoupledWeightDecay, maximize } = group;
    const [beta1, beta2] = betas;
    const g = l2Gradient(step, { maximize, weightDecay: decoupledWeightDecay ? 0 : weightDecay });
    if (decoupledWeightDecay) params.mul_(1 - lr * weightDecay);
    state.step += 1;
    const mu = (t: number): number => beta1 * (1 - 0.5 * 0.96 ** (t * momentumDecay));
    const [now, next] = [mu(state.step), mu(state.step + 1)];
    state.muProduct *= now;
    state.expAvg.lerp_(g, 1 - beta1);
    state.expAvgSq.mul_(beta2).addcmul_(g, g, 1 - beta2);
    const denominator = state.expAvgSq
      .div(1 - beta2 ** state.step)
      .sqrt_()
      .add_(eps);
    params.addcdiv_(g, denominator, (-lr * (1 - now)) / (1 - state.muProduct));
    params.addcdiv_(state.expAvg, denominator, (-lr * next) / (1 - state.muProduct * next));
  }
}
