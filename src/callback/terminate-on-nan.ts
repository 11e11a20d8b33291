import { Callback, CancelFit, type TrainingLoop } from "../learner/index.js";

/** Ends the fit when a training loss is not a finite number. Reads the loss of every batch. Source: CBK-4. */
export class TerminateOnNaN extends Callback {
  override readonly name = "terminateOnNaN";
  override readonly order = -9;
  override readonly runValid = false;

  override afterBatch(learn: TrainingLoop): void {
    if (learn.hasLoss && !learn.loss.isfinite().all().item()) throw new CancelFit("the loss is not a finite number");
  }
}
