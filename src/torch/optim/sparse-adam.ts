/** Adam for sparse gradients: only the rows that have a gradient change. */
import { ValueError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { BucketOptimizer } from "./bucket-optimizer.js";
import { decayFactor, notNegative } from "./hyper-ranges.js";
import type { OptimizerSpec, ParamGroup, Params } from "./optimizer.js";
import type { BucketState, BucketStep, ParamState } from "./param-buckets.js";
import { torchKeys } from "./python-names.js";
import { atRowsOf, sparseLike, valuesOf } from "./sparse-rows.js";
import type { SavedState } from "./state-dict.js";
import type { TensorList } from "./tensor-list.js";

/** Hyper-parameters of `SparseAdam`. */
export interface SparseAdamHypers {
  /** Learning rate. Default 1e-3. */
  lr: number;
  /** Decay of the averages of gradient and squared gradient. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Added to the denominator, after the square root. Default 1e-8. */
  eps: number;
  /** Go up the gradient. Default false. */
  maximize: boolean;
}

type State = { step: number; expAvg: TensorList; expAvgSq: TensorList };

const spec: OptimizerSpec<SparseAdamHypers> = {
  defaults: { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, maximize: false },
  ranges: { lr: notNegative, betas: decayFactor, eps: notNegative },
  python: {},
};

/**
 * `Adam` whose averages, and parameters, change only where the gradient has rows (`nn.Embedding` with `sparse`).
 * Formula and defaults are PyTorch's. Throws `ValueError` on dense gradients.
 */
export class SparseAdam extends BucketOptimizer<SparseAdamHypers> {
  constructor(params: Params<SparseAdamHypers>, options: Partial<SparseAdamHypers> = {}) {
    super(params, options, spec);
  }

  protected override takesSparse(): boolean {
    return true;
  }

  protected override init(params: TensorList): BucketState {
    return { step: 0, expAvg: params.zerosLike(), expAvgSq: params.zerosLike() };
  }

  protected override update({ bucket, grads }: BucketStep, group: ParamGroup<SparseAdamHypers>): void {
    const state = bucket.state as State; // what `init` made
    const { lr, betas, eps, maximize } = group;
    const [beta1, beta2] = betas;
    state.step += 1;
    const rate = (lr * Math.sqrt(1 - beta2 ** state.step)) / (1 - beta1 ** state.step);
    for (const [at, param] of bucket.params.entries()) {
      const grad = grads[at] as Tensor; // one for each parameter
      if (grad.layout === "strided") {
        throw new ValueError("SparseAdam: expected sparse gradients, got a dense one. Use Adam.");
      }
      const rows = grad.coalesce(); // the rule is not linear, so each row must come once
      const g = maximize ? valuesOf(rows).neg() : valuesOf(rows);
      const m = moved(state.expAvg[at] as Tensor, rows, g, 1 - beta1);
      const v = moved(state.expAvgSq[at] as Tensor, rows, g.square(), 1 - beta2);
      param.add_(sparseLike(rows, m.div(v.sqrt().add_(eps)).mul_(-rate)));
    }
  }

  // Python's class keeps the count as a plain number.
  protected override saved(state: ParamState): Record<string, SavedState> {
    return torchKeys(state);
  }
}

/** Moves the average towards `values` at the given rows, and returns its new values there. */
function moved(average: Tensor, rows: Tensor, values: Tensor, weight: number): Tensor {
  const old = atRowsOf(rows, average);
  const change = values.sub(old).mul_(weight);
  average.add_(sparseLike(rows, change));
  return old.add(change);
}
