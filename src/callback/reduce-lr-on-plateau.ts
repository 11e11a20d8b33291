import type { TrainingLoop } from "../learner/index.js";
import { Tracker, type TrackerOptions } from "./tracker.js";

/** Options of `ReduceLROnPlateau`. */
export interface ReduceLROnPlateauOptions extends TrackerOptions {
  /** How many epochs without improvement are waited for. Default: 1. */
  patience?: number;
  /** What learning rates are divided by. Default: 10. */
  factor?: number;
  /** No learning rate gets smaller. Default: 0. */
  minLr?: number;
}

/** Divides every layer group's learning rate when a column of the epoch table stops getting better. Source: CBK-7. */
export class ReduceLROnPlateau extends Tracker {
  override readonly order = 62;
  readonly #patience: number;
  readonly #factor: number;
  readonly #minLr: number;

  constructor({ patience = 1, factor = 10, minLr = 0, ...options }: ReduceLROnPlateauOptions = {}) {
    super(options);
    this.#patience = patience;
    this.#factor = factor;
    this.#minLr = minLr;
  }

  protected override judged(learn: TrainingLoop): void {
    if (!learn.opt || this.wait < this.#patience) return;
    this.wait = 0;
    const before = learn.opt.hypers.map((hyper) => hyper.lr ?? 0);
    const after = before.map((lr) => Math.max(lr / this.#factor, this.#minLr));
    learn.opt.setHyper("lr", after);
    if ((after.at(-1) ?? 0) < (before.at(-1) ?? 0)) console.log(`Epoch ${learn.epoch}: reducing lr to ${after.at(-1)}`);
  }
}
