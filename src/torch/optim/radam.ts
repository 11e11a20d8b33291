/** RAdam: Adam that trusts its variance only once it has seen enough. */
import { BucketOptimizer } from "./bucket-optimizer.js";
import { decayFactor, notNegative } from "./hyper-ranges.js";
import { l2Gradient } from "./l2-gradient.js";
import type { OptimizerSpec, ParamGroup, Params } from "./optimizer.js";
import type { BucketState, BucketStep } from "./param-buckets.js";
import type { TensorList } from "./tensor-list.js";

/** Hyper-parameters of `RAdam`. */
export interface RAdamHypers {
  /** Learning rate. Default 1e-3. */
  lr: number;
  /** Decay of the averages of gradient and squared gradient. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Added to the denominator, after the square root. Default 1e-8. */
  eps: number;
  /** L2 penalty, or decoupled decay with `decoupledWeightDecay`. Default 0. */
  weightDecay: number;
  /** Shrink the parameters by lr * weightDecay instead of adding the penalty to the gradient. Default false. */
  decoupledWeightDecay: boolean;
  /** Go up the gradient. Default false. */
  maximize: boolean;
}

type State = { step: number; expAvg: TensorList; expAvgSq: TensorList };

const spec: OptimizerSpec<RAdamHypers> = {
  defaults: {
    lr: 1e-3,
    betas: [0.9, 0.999],
    eps: 1e-8,
    weightDecay: 0,
    decoupledWeightDecay: false,
    maximize: false,
  },
  ranges: { lr: notNegative, betas: decayFactor, eps: notNegative, weightDecay: notNegative },
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
    return { step: 0, expAvg: params.zerosLike(), expAvgSq: params.zerosLike() };
  }

  protected override update(step: BucketStep, group: ParamGroup<RAdamHypers>): void {
    const { params } = step.bucket;
    const state = step.bucket.state as State; // what `init` made
    const { lr, betas, eps, weightDecay, decoupledWeightDecay, maximize } = group;
    const [beta1, beta2] = betas;
    const g = l2Gradient(step, { maximize, weightDecay: decoupledWeightDecay ? 0 : weightDecay });
    if (decoupledWeightDecay) params.mul_(1 - lr * weightDecay);
    state.step += 1;
    state.expAvg.lerp_(g, 1 - beta1);
    state.expAvgSq.mul_(beta2).addcmul_(g, g, 1 - beta2);
    const correction1 = 1 - beta1 ** state.step;
    const correction2 = 1 - beta2 ** state.step;
    const longest = 2 / (1 - beta2) - 1; // rho_inf
    const length = longest - (2 * state.step * beta2 ** state.step) / correction2; // rho_t
    if (length > 5) {
      const ratio = ((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length);
      const rate = (lr * Math.sqrt(ratio * correction2)) / correction1;
      params.addcdiv_(state.expAvg, state.expAvgSq.sqrt().add_(eps), -rate);
    } else {
      params.add_(state.expAvg, { alpha: -lr / correction1 });
    }
  }
}
