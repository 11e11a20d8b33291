/** Resilient backpropagation, on lists. */
import { ValueError } from "../errors.js";
import { BucketOptimizer } from "./bucket-optimizer.js";
import { notNegative } from "./hyper-ranges.js";
import { l2Gradient } from "./l2-gradient.js";
import type { OptimizerSpec, ParamGroup, Params } from "./optimizer.js";
import type { BucketState, BucketStep } from "./param-buckets.js";
import type { TensorList } from "./tensor-list.js";

/** Hyper-parameters of `Rprop`. */
export interface RpropHypers {
  /** Each element's first step. Default 1e-2. */
  lr: number;
  /** Factors of the step where the gradient changed its sign, and where it kept it. Default [0.5, 1.2]. */
  etas: readonly [number, number];
  /** Smallest and largest step. Default [1e-6, 50]. */
  stepSizes: readonly [number, number];
  /** Go up the gradient. Default false. */
  maximize: boolean;
}

type State = { step: number; prev: TensorList; stepSize: TensorList };

const spec: OptimizerSpec<RpropHypers> = {
  defaults: { lr: 1e-2, etas: [0.5, 1.2], stepSizes: [1e-6, 50], maximize: false },
  ranges: { lr: notNegative },
  python: { foreach: null, capturable: false, differentiable: false },
};

/**
 * Steps by the gradient's sign alone. Each element's step grows while the sign stays and shrinks when it turns, and that
 * gradient is then skipped. For whole batches. Formula and defaults are PyTorch's. Source: Riedmiller and Braun 1993.
 */
export class Rprop extends BucketOptimizer<RpropHypers> {
  constructor(params: Params<RpropHypers>, options: Partial<RpropHypers> = {}) {
    super(params, options, spec);
  }

  protected override check({ etas: [minus, plus] }: RpropHypers): void {
    if (!(minus > 0 && minus < 1 && plus > 1)) {
      throw new ValueError(`Rprop: expected etas below and above 1, got ${minus} and ${plus}.`);
    }
  }

  protected override init(params: TensorList, { lr }: ParamGroup<RpropHypers>): BucketState {
    return { step: 0, prev: params.zerosLike(), stepSize: params.fullLike(lr) };
  }

  protected override update(step: BucketStep, group: ParamGroup<RpropHypers>): void {
    const state = step.bucket.state as State; // what `init` made
    const [etaMinus, etaPlus] = group.etas;
    const [smallest, largest] = group.stepSizes;
    const g = l2Gradient(step, group);
    state.step += 1;
    const agreement = g.mul(state.prev).sign();
    const kept = agreement.clampMin(0); // 1 where the sign stayed
    const turned = agreement.neg().clampMin_(0); // 1 where it turned
    state.stepSize.mul_(kept.powOf(etaPlus)).mul_(turned.powOf(etaMinus)).clampMin_(smallest).clampMax_(largest);
    state.prev.copy_(g.mul(turned.neg().add_(1)));
    step.bucket.params.addcmul_(state.prev.sign(), state.stepSize, -1);
  }
}
