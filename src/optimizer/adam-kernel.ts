/** Adam's averages and step as one kernel, for Adam and for optimizers whose step is Adam's but for a factor. */
import { full } from "../torch/index.js";
import { kernel, type TensorList } from "../torch/optim/index.js";
import type { AdamHypers, AdamState } from "./adam.js";

/**
 * Weight decay (none for `wd` 0), averages and Adam's update, reading and writing each number once. `step` counts from 1. The
 * numbers are those of `weightDecay` (or `l2Reg`), `adamStats` and `adamStep`.
 */
export function adamKernel_(
  params: TensorList,
  grads: TensorList,
  { gradAvg, sqrAvg, step }: AdamState,
  { lr, mom, sqrMom, eps, wd }: AdamHypers & { wd: number },
  { decoupleWd = true }: { decoupleWd?: boolean } = {},
): void {
  // The kernel wants the count of steps as a tensor for each parameter; all can share one.
  const count = full([], step, { dtype: "float32", device: params[0]?.device ?? "cpu" });
  const counts = params.map(() => count);
  const fused = kernel(decoupleWd ? "_fused_adamw_" : "_fused_adam_");
  fused(params, grads, gradAvg, sqrAvg, [], counts, lr, mom, sqrMom, wd, eps, false, false);
}

/** The state that `adamKernel_` keeps, at its start. */
export function zeroAdamState(params: TensorList): AdamState {
  return { gradAvg: params.zerosLike(), sqrAvg: params.zerosLike(), step: 0 };
}
