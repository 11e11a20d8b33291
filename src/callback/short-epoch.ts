import { Callback, CancelTrain, CancelValid, type TrainingLoop } from "../learner/index.js";
import { checkOptions } from "../torch/index.js";

/** Options of `ShortEpoch`. */
export interface ShortEpochOptions {
  /** Whether validation is cut short too. Default: true. */
  shortValid?: boolean;
}

/** Trains on the first `pct` (0..1, default 0.01) of each epoch's batches, at least one, to try things out. Source: CBK-14. */
export class ShortEpoch extends Callback {
  override readonly name = "shortEpoch";
  readonly #shortValid: boolean;

  constructor(
    readonly pct = 0.01,
    options: ShortEpochOptions = {},
  ) {
    super();
    checkOptions("ShortEpoch", options, ["shortValid"]);
    this.#shortValid = options.shortValid ?? true;
  }

  override afterBatch(learn: TrainingLoop): void {
    if (learn.iter / learn.nIter < this.pct) return;
    if (learn.training) throw new CancelTrain("the epoch is cut short");
    if (this.#shortValid) throw new CancelValid("the validation is cut short");
  }
}
