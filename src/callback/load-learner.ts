import { dirname } from "node:path";
import { type DataLoaders, loadersFromSpec } from "../data/index.js";
import type { LossFunc, MetricLike, Model } from "../learner/index.js";
import { FileFormatError, fromSpec, loadSafetensors } from "../torch/index.js";
import { Learner } from "./learner.js";
import { metadataKey, readDescription } from "./learner-file.js";

/** A class of learners. */
type LearnerClass<L extends Learner> = new (...args: ConstructorParameters<typeof Learner>) => L;

/**
 * Reads what `learn.export` wrote: a learner without items, ready to predict. Runs no code from the file; everything it
 * names must be registered in this program. A second argument says which kind of learner is expected.
 * Throws `FileFormatError` on another file or kind, `RegistryError` on unknown names. Source: LRN-22.
 *
 * @example
 * const learn = await loadLearner("model.fai");
 * const [label] = await learn.predict("cat.jpg");
 */
export async function loadLearner(path: string): Promise<Learner>;
export async function loadLearner<L extends object>(
  path: string,
  kind: abstract new (...args: never[]) => L,
): Promise<L>;
export async function loadLearner(
  path: string,
  kind: abstract new (...args: never[]) => object = Learner,
): Promise<object> {
  const tensors = await loadSafetensors(path);
  const { model: modelSpec, loss, metrics, data, learner } = readDescription(path, tensors.metadata[metadataKey]);
  // What a description of a model, a loss or a metric makes is one: the registry holds what `toSpec` described.
  const model = fromSpec(modelSpec) as Model;
  model.loadStateDict(tensors);
  const dls = "type" in data ? (fromSpec(data) as DataLoaders) : loadersFromSpec(data);
  const Class = learner ? (fromSpec(learner) as LearnerClass<Learner>) : Learner;
  const learn = new Class(dls, model, {
    lossFunc: fromSpec(loss) as LossFunc,
    metrics: metrics.map((metric) => fromSpec(metric) as MetricLike),
    path: dirname(path),
  });
  learn.model.eval();
  if (learn instanceof kind) return learn;
  throw new FileFormatError(
    `loadLearner: expected a ${kind.name}, got a ${learn.constructor.name} in ${path}. Leave out the second argument.`,
  );
}
