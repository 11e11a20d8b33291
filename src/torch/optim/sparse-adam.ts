/** Adam for sparse gradients: only the rows that have a gradient change. */
import { ValueError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { BucketOptimizer } from "./bucket-optimizer.js";
import { type MomentHypers, type Moments, momentDefaults, momentRanges, zeroMoments } from "./moments.js";
import type { OptimizerSpec, ParamGroup, Params } from "./optimizer.js";
import type { BucketState, BucketStep, ParamState } from "./param-buckets.js";
import { torchKeys } from "./python-names.js";
import { atRowsOf, sparseLike, valuesOf } from "./sparse-rows.js";
import type { SavedState } from "./state-dict.js";
import type { TensorList } from "./tensor-list.js";

/** Hyper-parameters of `SparseAdam`: lr 1e-3 by default. */
export type SparseAdamHypers = Omit<MomentHypers, "weightDecay">;

const { weightDecay: _default, ...defaults } = { ...momentDefaults, lr: 1e-3 };
const { weightDecay: _range, ...ranges } = momentRanges;
const spec: OptimizerSpec<SparseAdamHypers> = { defaults, ranges, python: {} };

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
    return zeroMoments(params);
  }

  protected override update({ bucket, grads }: BucketStep, group: ParamGroup<SparseAdamHypers>): void {
    const state = bucket.state as Moments; // what `init` made
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
