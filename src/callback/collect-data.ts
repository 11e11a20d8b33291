import { mapTensors } from "../data/index.js";
import { Callback, type TrainingLoop } from "../learner/index.js";
import { keep, type Tensor } from "../torch/index.js";

/** What one batch was made of, and what became of it. */
export interface CollectedBatch {
  readonly xb: Tensor[];
  readonly yb: Tensor[];
  readonly pred: Tensor;
  readonly loss: Tensor | null;
}

/** Collects all batches of a fit with predictions and losses, mainly for tests. Source: CBK-19. */
export class CollectData extends Callback {
  override readonly name = "collectData";
  /** The batches so far. */
  data: CollectedBatch[] = [];

  override beforeFit(): void {
    this.data = [];
  }

  override afterBatch(learn: TrainingLoop): void {
    const { xb, yb, pred } = learn;
    const batch = { xb, yb, pred, loss: learn.hasLoss ? learn.loss : null };
    this.data.push(keep(mapTensors(batch, (t) => t.detach().clone())));
  }
}
