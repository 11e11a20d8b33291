/** Adagrad: one fused kernel for all parameters of a group. */
import type { Tensor } from "../tensor.js";
import { BucketOptimizer } from "./bucket-optimizer.js";
import { kernel } from "./foreach.js";
import { notNegative } from "./hyper-ranges.js";
import type { OptimizerSpec, ParamGroup, Params } from "./optimizer.js";
import type { BucketState, BucketStep } from "./param-buckets.js";
import { atRowsOf, sparseLike, valuesOf } from "./sparse-rows.js";
import { StepTensors } from "./step-tensors.js";
import type { TensorList } from "./tensor-list.js";

/** Hyper-parameters of `Adagrad`. */
export interface AdagradHypers {
  /** Learning rate. Default 1e-2. */
  lr: number;
  /** The rate of step t is lr / (1 + (t - 1) * lrDecay). Default 0. */
  lrDecay: number;
  /** L2 penalty: `weightDecay * p` is added to the gradient. Default 0. */
  weightDecay: number;
  /** Where the sums of squares start. Default 0. */
  initialAccumulatorValue: number;
  /** Added to the denominator, after the square root. Default 1e-10. */
  eps: number;
  /** Go up the gradient. Default false. */
  maximize: boolean;
}

const spec: OptimizerSpec<AdagradHypers> = {
  defaults: { lr: 1e-2, lrDecay: 0, weightDecay: 0, initialAccumulatorValue: 0, eps: 1e-10, maximize: false },
  ranges: {
    lr: notNegative,
    lrDecay: notNegative,
    weightDecay: notNegative,
    initialAccumulatorValue: notNegative,
    eps: notNegative,
  },
  python: { foreach: null, differentiable: false, fused: null },
};

/**
 * p -= lr * g / (sqrt(s) + eps), s the sum of all squared gradients. Takes sparse gradients too, of which only the rows
 * there are change. Formula and defaults are PyTorch's. Source: Duchi et al. 2011.
 */
export class Adagrad extends BucketOptimizer<AdagradHypers> {
  readonly #steps = new StepTensors();

  constructor(params: Params<AdagradHypers>, options: Partial<AdagradHypers> = {}) {
    super(params, options, spec);
  }

  protected override takesSparse({ weightDecay }: AdagradHypers): boolean {
    return weightDecay === 0;
  }

  protected override init(params: TensorList, group: ParamGroup<AdagradHypers>): BucketState {
    return { step: 0, sum: params.fullLike(group.initialAccumulatorValue) };
  }

  protected override update({ bucket, grads }: BucketStep, group: ParamGroup<AdagradHypers>): void {
    const { params, state } = bucket;
    const sums = state.sum as TensorList; // what `init` made
    const steps = this.#steps.next(bucket);
    const { lr, lrDecay, weightDecay, eps, maximize } = group;
    if (grads[0]?.layout === "strided") {
      kernel("_fused_adagrad_")(params, grads, sums, steps, lr, lrDecay, weightDecay, eps, maximize);
      return;
    }
    const rate = lr / (1 + ((state.step as number) - 1) * lrDecay);
    for (const [at, param] of params.entries()) {
      sparseStep(param, grads[at] as Tensor, sums[at] as Tensor, { rate: maximize ? -rate : rate, eps });
    }
  }
}

function sparseStep(param: Tensor, grad: Tensor, sum: Tensor, { rate, eps }: { rate: number; eps: number }): void {
  const rows = grad.coalesce(); // the rule is not linear, so each row must come once
  const values = valuesOf(rows);
  sum.add_(sparseLike(rows, values.square()));
  const scaled = values.div(atRowsOf(rows, sum).sqrt().add_(eps));
  param.add_(sparseLike(rows, scaled), { alpha: -rate });
}
