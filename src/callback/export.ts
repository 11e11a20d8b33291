import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type * as z from "zod";
import { DataLoaders } from "../data/index.js";
import type { TrainingLoop } from "../learner/index.js";
import { hasSpec, OptionError, saveSafetensors, toSpec } from "../torch/index.js";
import { type learnerSchema, metadataKey } from "./learner-file.js";

/**
 * Writes a learner without its items and optimizer to one safetensors file: weights under their state-dict keys, and in the
 * metadata a JSON description of model, loss, metrics and the data's transforms. A relative `file` is below `learn.path`.
 * Returns the absolute path.
 * Throws `RegistryError` naming what has no description; metrics without one are left out with a warning.
 * Source: LRN-22.
 */
export async function exportLearner(learn: TrainingLoop, file = "export.fai"): Promise<string> {
  const { dls, model, lossFunc, metrics } = learn;
  if (!(dls instanceof DataLoaders)) {
    throw new OptionError(
      "export: expected DataLoaders that know how an item becomes a batch, got plain iterables of batches. " +
        "Save the weights alone with learn.save, or saveSafetensors(path, model.stateDict()).",
    );
  }
  const nameless = metrics.filter((metric) => !hasSpec(metric));
  if (nameless.length > 0) {
    const names = nameless.map((metric) => metric.name).join(", ");
    process.emitWarning(`export: the metrics ${names} are not registered and are left out of ${file}.`);
  }
  const description: z.input<typeof learnerSchema> = {
    format: "fastai-ts learner",
    version: 1,
    model: toSpec(model),
    loss: toSpec(lossFunc),
    metrics: metrics.filter(hasSpec).map(toSpec),
    data: await dls.toSpec(),
    ...(hasSpec(learn.constructor) ? { learner: toSpec(learn.constructor) } : {}),
  };
  const path = resolve(learn.path, file);
  await mkdir(dirname(path), { recursive: true });
  await saveSafetensors(path, model.stateDict(), { metadata: { [metadataKey]: JSON.stringify(description) } });
  return path;
}
