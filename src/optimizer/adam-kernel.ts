/** Adam's averages and step as one kernel, for Adam and for optimizers whose step is Adam's but for a factor. */
import { type Device, full, keep, type Tensor } from "../torch/index.js";
import { kernel, type TensorList } from "../torch/optim/index.js";
import type { AdamHypers, AdamState } from "./adam.js";

/**
 * Weight decay (none for `wd` 0), averages and Adam's update, reading and writing each number once. The numbers are those of
 * `weightDecay` (or `l2Reg`), `adamStats` and `adamStep`.
 */
export class AdamKernel {
  readonly #decoupleWd: boolean;
  // The kernel wants the count of steps as a tensor for each parameter; all can share one.
  #count: Tensor | null = null;

  constructor({ decoupleWd = true }: { decoupleWd?: boolean } = {}) {
    this.#decoupleWd = decoupleWd;
  }

  /** One step, in place; `step` counts from 1. */
  run(
    params: TensorList,
    grads: TensorList,
    { gradAvg, sqrAvg, step }: AdamState,
    { lr, mom, sqrMom, eps, wd }: AdamHypers & { wd: number },
  ): void {
    const count = this.#countOn(params[0]?.device ?? "cpu").fill_(step);
    const counts = new Array<Tensor>(params.length).fill(count);
    const hypers = [lr, mom, sqrMom, wd, eps, false, false, this.#decoupleWd];
    kernel("fastai::adam_")(params, grads, gradAvg, sqrAvg, [], counts, ...hypers);
  }

  #countOn(device: Device): Tensor {
    if (this.#count?.device !== device) {
      this.#count?.dispose();
      this.#count = keep(full([], 0, { dtype: "float32", device }));
    }
    return this.#count;
  }
}

/** The state that an `AdamKernel` needs, at its start. */
export function zeroAdamState(params: TensorList): AdamState {
  return { gradAvg: params.zerosLike(), sqrAvg: params.zerosLike(), step: 0 };
}
