import { DataLoader, toDevice } from "../data/index.js";
import { OptionError, type Tensor } from "../torch/index.js";
import { iterate } from "./loaders.js";
import type { TrainingLoop } from "./loop.js";
import type { Batch, Batches } from "./types.js";

/** The first batch of a loader. Throws `OptionError` when there is none. */
export async function firstBatch(dl: Batches): Promise<Batch> {
  if (dl instanceof DataLoader) return (await dl.oneBatch()) as Batch;
  const iterator = iterate(dl);
  const first = await iterator.next();
  await iterator.return?.();
  if (!first.done) return first.value;
  throw new OptionError(
    "Learner: expected a loader with at least one batch, got none. Check the data and the batch size.",
  );
}

/** The inputs of the first training batch, where the model is. */
export async function firstInputs(learn: TrainingLoop): Promise<Tensor[]> {
  const batch = await firstBatch(learn.dls.train);
  const [parameter] = [...learn.model.parameters()];
  return learn.split(parameter ? toDevice(batch, parameter.device) : batch)[0];
}
