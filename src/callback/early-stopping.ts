import { CancelFit, type TrainingLoop } from "../learner/index.js";
import { Tracker, type TrackerOptions } from "./tracker.js";

/** Options of `EarlyStopping`. */
export interface EarlyStoppingOptions extends TrackerOptions {
  /** How many epochs without improvement are waited for. Default: 1. */
  patience?: number;
}

/** Ends the fit when a column of the epoch table stops getting better. Source: CBK-8. */
export class EarlyStopping extends Tracker {
  override readonly order = 63;
  readonly #patience: number;

  constructor({ patience = 1, ...options }: EarlyStoppingOptions = {}) {
    super(options);
    this.#patience = patience;
  }

  protected override judged(learn: TrainingLoop): void {
    if (this.wait < this.#patience) return;
    console.log(`No improvement since epoch ${learn.epoch - this.wait}: early stopping`);
    throw new CancelFit(`no improvement of ${this.monitor}`);
  }
}
