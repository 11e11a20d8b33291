/** Adadelta, on lists. */
import { BucketOptimizer } from "./bucket-optimizer.js";
import { notNegative, type Range } from "./hyper-ranges.js";
import { l2Gradient } from "./l2-gradient.js";
import type { OptimizerSpec, ParamGroup, Params } from "./optimizer.js";
import type { BucketState, BucketStep } from "./param-buckets.js";
import type { TensorList } from "./tensor-list.js";

/** Hyper-parameters of `Adadelta`. */
export interface AdadeltaHypers {
  /** Factor of each change. Default 1. */
  lr: number;
  /** Decay of both averages. Default 0.9. */
  rho: number;
  /** Added under both square roots. Default 1e-6. */
  eps: number;
  /** L2 penalty: `weightDecay * p` is added to the gradient. Default 0. */
  weightDecay: number;
  /** Go up the gradient. Default false. */
  maximize: boolean;
}

type State = { step: number; squareAvg: TensorList; accDelta: TensorList };

const upToOne: Range = [0, 1 + Number.EPSILON];

const spec: OptimizerSpec<AdadeltaHypers> = {
  defaults: { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0, maximize: false },
  ranges: { lr: notNegative, rho: upToOne, eps: notNegative, weightDecay: notNegative },
  python: { foreach: null, capturable: false, differentiable: false },
};

/**
 * p -= lr * d, d = sqrt(u + eps) / sqrt(v + eps) * g, where v and u are running averages of g² and d². Formula and defaults
 * are PyTorch's. Source: Zeiler 2012, algorithm 1.
 */
export class Adadelta extends BucketOptimizer<AdadeltaHypers> {
  constructor(params: Params<AdadeltaHypers>, options: Partial<AdadeltaHypers> = {}) {
    super(params, options, spec);
  }

  protected override init(params: TensorList): BucketState {
    return { step: 0, squareAvg: params.zerosLike(), accDelta: params.zerosLike() };
  }

  protected override update(step: BucketStep, group: ParamGroup<AdadeltaHypers>): void {
    const state = step.bucket.state as State; // what `init` made
    const { lr, rho, eps } = group;
    const g = l2Gradient(step, group);
    state.step += 1;
    state.squareAvg.mul_(rho).addcmul_(g, g, 1 - rho);
    const delta = state.accDelta.add(eps).sqrt_().div_(state.squareAvg.add(eps).sqrt_()).mul_(g);
    state.accDelta.mul_(rho).addcmul_(delta, delta, 1 - rho);
    step.bucket.params.add_(delta, { alpha: -lr });
  }
}
