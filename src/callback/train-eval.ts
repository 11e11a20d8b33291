import { Callback, type TrainingLoop } from "../learner/index.js";
import type { Device } from "../torch/index.js";

/**
 * Counts iterations, puts the model where the data is, and switches it between training and evaluation mode.
 * Source: LRN-8.
 */
export class TrainEval extends Callback {
  override readonly name = "trainEval";
  override readonly order = -10;
  override readonly runValid = false;

  override afterCreate(learn: TrainingLoop): void {
    learn.nEpoch = 1;
  }

  override beforeFit(learn: TrainingLoop): void {
    learn.epoch = 0;
    learn.trainIter = 0;
    learn.pctTrain = 0;
    const { device } = learn.dls;
    if (device) learn.model.to(device as Device); // loaders name devices as tensors do
    // Models with a state between batches, such as recurrent ones, have a reset.
    (learn.model as { reset?: () => void }).reset?.();
  }

  override beforeTrain(learn: TrainingLoop): void {
    learn.pctTrain = learn.epoch / learn.nEpoch;
    learn.model.train();
    learn.training = true;
  }

  override afterBatch(learn: TrainingLoop): void {
    learn.pctTrain += 1 / (learn.nIter * learn.nEpoch);
    learn.trainIter += 1;
  }

  override beforeValidate(learn: TrainingLoop): void {
    learn.model.eval();
    learn.training = false;
  }
}
