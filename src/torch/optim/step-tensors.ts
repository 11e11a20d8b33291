/** Counts of steps as the fused kernels want them: a tensor for each parameter. */
import { full } from "../creation.js";
import { keep } from "../scope.js";
import type { Tensor } from "../tensor.js";
import type { Bucket } from "./param-buckets.js";
import type { TensorList } from "./tensor-list.js";

/** One tensor a bucket, which all of its parameters share, kept in step with `bucket.state.step`. */
export class StepTensors {
  readonly #known = new WeakMap<Bucket, { count: Tensor; list: TensorList }>();

  /** Counts one step more, and gives the tensors with the new count. */
  next(bucket: Bucket): TensorList {
    const { params, state } = bucket;
    let steps = this.#known.get(bucket);
    if (!steps) {
      const count = keep(full([], state.step as number, { dtype: "float32", device: params[0]?.device ?? "cpu" }));
      steps = { count, list: params.each(() => count) };
      this.#known.set(bucket, steps);
    }
    state.step = (state.step as number) + 1;
    steps.count.add_(1);
    return steps.list;
  }
}
