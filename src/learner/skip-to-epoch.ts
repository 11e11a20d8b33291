import { Callback } from "./callback.js";
import { CancelEpoch } from "./cancel.js";

/** Cancels the epochs before `epoch`, so that a schedule goes on where a fit was broken off. Source: LRN-13. */
export class SkipToEpoch extends Callback {
  override readonly order = 70;

  constructor(readonly epoch: number) {
    super();
  }

  override beforeEpoch(learn: { readonly epoch: number }): void {
    if (learn.epoch < this.epoch) throw new CancelEpoch(`continuing from epoch ${this.epoch}`);
  }
}
