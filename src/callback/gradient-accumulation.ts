import { findBs } from "../data/index.js";
import { Callback, CancelBatch, type TrainingLoop } from "../learner/index.js";
import { OptionError } from "../torch/index.js";

/**
 * Adds up gradients over batches and steps once `nAcc` items have been seen, so that the step is that of one batch of
 * `nAcc`. Counts items, not batches. Source: CBK-12.
 */
export class GradientAccumulation extends Callback {
  override readonly name = "gradientAccumulation";
  override readonly order = 6; // before mixed precision
  override readonly runValid = false;
  #count = 0;

  constructor(readonly nAcc = 32) {
    super();
    if (!(nAcc > 0)) throw new OptionError(`GradientAccumulation: expected a number of items above 0, got ${nAcc}.`);
  }

  override beforeFit(): void {
    this.#count = 0;
  }

  override afterLoss(learn: TrainingLoop): void {
    if (learn.yb.length > 0) learn.lossGrad = learn.lossGrad.mul(findBs(learn.yb) / this.nAcc);
  }

  override beforeStep(learn: TrainingLoop): void {
    this.#count += findBs(learn.yb);
    if (this.#count < this.nAcc) throw new CancelBatch("gradients are being accumulated"); // neither step nor zeroGrad
    this.#count = 0;
  }
}
