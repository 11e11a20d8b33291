import { dirname } from "node:path";
import { loadersFromSpec } from "../data/index.js";
import type { LossFunc, MetricLike, Model } from "../learner/index.js";
import { fromSpec, loadSafetensors } from "../torch/index.js";
import { Learner } from "./learner.js";
import { metadataKey, readDescription } from "./learner-file.js";

/**
 * Reads what `learn.export` wrote: a learner without items, ready to predict. Runs no code from the file; everything it
 * names must be registered in this program. Throws `FileFormatError` on another file, `RegistryError` on unknown names.
 * Source: LRN-22.
 *
 * @example
 * const learn = await loadLearner("model.fai");
 * const [label] = await learn.predict("cat.jpg");
 */
export async function loadLearner(path: string): Promise<Learner> {
  const tensors = await loadSafetensors(path);
  const { model: modelSpec, loss, metrics, data } = readDescription(path, tensors.metadata[metadataKey]);
  // What a description of a model, a loss or a metric makes is one: the registry holds what `toSpec` described.
  const model = fromSpec(modelSpec) as Model;
  model.loadStateDict(tensors);
  const learn = new Learner(await loadersFromSpec(data), model, {
    lossFunc: fromSpec(loss) as LossFunc,
    metrics: metrics.map((metric) => fromSpec(metric) as MetricLike),
    path: dirname(path),
  });
  learn.model.eval();
  return learn;
}
