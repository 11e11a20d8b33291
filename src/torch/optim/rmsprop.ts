/** RMSprop, on lists. */
import { BucketOptimizer } from "./bucket-optimizer.js";
import { notNegative } from "./hyper-ranges.js";
import { l2Gradient } from "./l2-gradient.js";
import type { OptimizerSpec, ParamGroup, Params } from "./optimizer.js";
import type { BucketState, BucketStep } from "./param-buckets.js";
import type { TensorList } from "./tensor-list.js";

/** Hyper-parameters of `RMSprop`. */
export interface RMSpropHypers {
  /** Learning rate. Default 1e-2. */
  lr: number;
  /** Decay of the running average of squared gradients. Default 0.99. */
  alpha: number;
  /** Added to the denominator, after the square root. Default 1e-8. */
  eps: number;
  /** L2 penalty: `weightDecay * p` is added to the gradient. Default 0. */
  weightDecay: number;
  /** Decay of the running sum of scaled gradients. Default 0: no momentum. */
  momentum: number;
  /** Divide by an estimate of the standard deviation instead of the root mean square. Default false. */
  centered: boolean;
  /** Go up the gradient. Default false. */
  maximize: boolean;
}

type State = { step: number; squareAvg: TensorList; momentumBuffer?: TensorList; gradAvg?: TensorList };

const spec: OptimizerSpec<RMSpropHypers> = {
  defaults: { lr: 1e-2, alpha: 0.99, eps: 1e-8, weightDecay: 0, momentum: 0, centered: false, maximize: false },
  ranges: { lr: notNegative, alpha: notNegative, eps: notNegative, weightDecay: notNegative, momentum: notNegative },
  python: { capturable: false, foreach: null, differentiable: false },
};

/** p -= lr * g / (sqrt(s) + eps), s = alpha * s + (1 - alpha) * g². Formula and defaults are PyTorch's. */
export class RMSprop extends BucketOptimizer<RMSpropHypers> {
  constructor(params: Params<RMSpropHypers>, options: Partial<RMSpropHypers> = {}) {
    super(params, options, spec);
  }

  protected override init(params: TensorList, { momentum, centered }: ParamGroup<RMSpropHypers>): BucketState {
    return {
      step: 0,
      squareAvg: params.zerosLike(),
      ...(momentum > 0 ? { momentumBuffer: params.zerosLike() } : {}),
      ...(centered ? { gradAvg: params.zerosLike() } : {}),
    };
  }

  protected override update(step: BucketStep, group: ParamGroup<RMSpropHypers>): void {
    const { params } = step.bucket;
    const state = step.bucket.state as State; // what `init` made
    const { lr, alpha, eps, momentum } = group;
    const g = l2Gradient(step, group);
    state.step += 1;
    state.squareAvg.mul_(alpha).addcmul_(g, g, 1 - alpha);
    let variance = state.squareAvg;
    if (state.gradAvg) {
      state.gradAvg.lerp_(g, 1 - alpha);
      variance = variance.addcmul(state.gradAvg, state.gradAvg, -1);
    }
    const denominator = variance.sqrt().add_(eps);
    if (state.momentumBuffer) {
      state.momentumBuffer.mul_(momentum).addcdiv_(g, denominator);
      params.add_(state.momentumBuffer, { alpha: -lr });
    } else {
      params.addcdiv_(g, denominator, -lr);
    }
  }
}
