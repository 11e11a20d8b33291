/** Loaders out of their exported description. */
import { fromSpec } from "../torch/registry.js";
import { DataLoaders } from "./data-loaders.js";
import { Datasets } from "./datasets.js";
import { DataError } from "./errors.js";
import type { TfmdDLClass } from "./loaders-of.js";
import { loadersSchema, typesFromSpec } from "./loaders-spec.js";
import { Pipeline } from "./pipeline.js";
import { TfmdDL } from "./tfmd-dl.js";
import { TfmdLists } from "./tfmd-lists.js";
import { stepsFromSpec } from "./transform-spec.js";

/**
 * Loaders without items that make test loaders and decode as the exported ones did.
 * Throws `DataError` when the description is not one, `RegistryError` for a step this program does not know.
 */
export function loadersFromSpec(json: unknown): DataLoaders {
  const parsed = loadersSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const message = `loadersFromSpec: expected exported loaders, got a problem at ${issue?.path.join(".") || "the top"}: ${issue?.message}.`;
    throw new DataError(message, { cause: parsed.error });
  }
  const spec = parsed.data;
  const make = (splitIdx: number): TfmdLists[] =>
    spec.lists.map((list) => {
      const tfms = new Pipeline(null, { splitIdx });
      tfms.fs = lists.get(list) ?? [];
      return new TfmdLists({ items: [], tfms, splits: [[], []], types: list.types });
    });
  const lists = new Map(spec.lists.map((list) => [list, stepsFromSpec(list.steps)]));
  const options = {
    bs: spec.bs,
    afterItem: stepsFromSpec(spec.afterItem),
    beforeBatch: stepsFromSpec(spec.beforeBatch),
    afterBatch: stepsFromSpec(spec.afterBatch),
    doSetup: false,
  };
  // Only kinds of TfmdDL are registered as loaders.
  const Kind = spec.dlType ? (fromSpec(spec.dlType) as TfmdDLClass) : TfmdDL;
  const loaders = [0, 1].map((splitIdx) => {
    const tls = make(splitIdx);
    const dataset = spec.kind === "TfmdLists" ? (tls[0] as TfmdLists) : new Datasets(tls, { nInp: spec.nInp });
    const dl = new Kind(dataset, options);
    dl.types = typesFromSpec(spec.types);
    return dl;
  });
  return new DataLoaders(...loaders);
}
