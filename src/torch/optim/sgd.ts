/** Stochastic gradient descent: one fused kernel for all parameters of a group. */
import { ValueError } from "../errors.js";
import { BucketOptimizer } from "./bucket-optimizer.js";
import { kernel } from "./foreach.js";
import { notNegative } from "./hyper-ranges.js";
import type { OptimizerSpec, ParamGroup, Params } from "./optimizer.js";
import type { BucketState, BucketStep } from "./param-buckets.js";

/** Hyper-parameters of `SGD`. */
export interface SGDHypers {
  /** Learning rate. Default 1e-3. */
  lr: number;
  /** Decay of the running sum of gradients. Default 0: no momentum. */
  momentum: number;
  /** How much of each new gradient momentum leaves out. Default 0. */
  dampening: number;
  /** L2 penalty: `weightDecay * p` is added to the gradient. Default 0. */
  weightDecay: number;
  /** Look ahead along the momentum; needs momentum and no dampening. Default false. */
  nesterov: boolean;
  /** Go up the gradient. Default false. */
  maximize: boolean;
}

const spec: OptimizerSpec<SGDHypers> = {
  defaults: { lr: 1e-3, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, maximize: false },
  ranges: { lr: notNegative, momentum: notNegative, weightDecay: notNegative },
  python: { foreach: null, differentiable: false, fused: null },
};

/** b = momentum * b + (1 - dampening) * g; p -= lr * b (nesterov: lr * (g + momentum * b)). Formula and defaults are PyTorch's. */
export class SGD extends BucketOptimizer<SGDHypers> {
  constructor(params: Params<SGDHypers>, options: Partial<SGDHypers> = {}) {
    super(params, options, spec);
  }

  protected override check({ momentum, dampening, nesterov }: SGDHypers): void {
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new ValueError(
        `SGD: expected momentum above 0 and dampening 0 with nesterov, got momentum ${momentum}, dampening ${dampening}.`,
      );
    }
  }

  protected override takesSparse({ momentum, weightDecay }: SGDHypers): boolean {
    return momentum === 0 && weightDecay === 0;
  }

  protected override init(): BucketState {
    return {};
  }

  protected override update({ bucket, grads }: BucketStep, group: ParamGroup<SGDHypers>): void {
    const { params, state } = bucket;
    const { lr, momentum, dampening, weightDecay, nesterov, maximize } = group;
    if (grads[0]?.layout !== "strided") {
      for (const [at, param] of params.entries()) param.add_(grads[at] ?? 0, { alpha: maximize ? lr : -lr });
      return;
    }
    const isFirst = momentum !== 0 && !state.momentumBuffer;
    if (isFirst) state.momentumBuffer = params.zerosLike();
    const buffers = momentum === 0 ? [] : state.momentumBuffer;
    const fused = kernel("_fused_sgd_");
    fused(params, grads, buffers, weightDecay, momentum, lr, dampening, nesterov, maximize, isFirst);
  }
}
