import { asTuple, DataLoaders, mapTensors, type ShowOptions, type TestSetOptions, TfmdDL } from "../data/index.js";
import type { Figure } from "../show/index.js";
import { checkOptions, OptionError, type Tensor } from "../torch/index.js";
import { firstBatch } from "./first-batch.js";
import { loaderAt } from "./loaders.js";
import type { TrainingLoop } from "./loop.js";
import { getPreds } from "./predictions.js";
import type { Batches } from "./types.js";

/** Options of `predict`. */
export interface PredictOptions extends Pick<TestSetOptions, "rmTypeTfms"> {
  /** Whether the decoded input comes first in the result. Default: false. */
  withInput?: boolean;
}

/** What `predict` returns: the prediction as one reads it, as a tensor, and the activated output; the input, if asked for, first. */
export type Prediction =
  | [label: unknown, decoded: Tensor, pred: Tensor]
  | [input: unknown, label: unknown, decoded: Tensor, pred: Tensor];

/** Options of `showResults`. */
export interface ShowResultsOptions extends ShowOptions {
  /** Which of the data's loaders. Default: 1, the validation one. */
  dsIdx?: number;
  /** Another loader. */
  dl?: Batches;
  /** Whether the items are drawn at random. Default: true. */
  shuffle?: boolean;
}

/** The data as loaders that know how items are made and shown. Throws `OptionError` for plain iterables. */
export function itemLoaders(learn: TrainingLoop, where: string): DataLoaders {
  const { dls } = learn;
  if (dls instanceof DataLoaders) return dls;
  throw new OptionError(
    `${where}: expected DataLoaders that know how an item becomes a batch, got plain iterables of batches. ` +
      "Make the data with a DataBlock or Datasets, or call learn.model on a batch of your own.",
  );
}

/** The prediction for one item, such as the path of a photo. Source: LRN-17. */
export async function predict(learn: TrainingLoop, item: unknown, options: PredictOptions = {}): Promise<Prediction> {
  checkOptions("predict", options, ["rmTypeTfms", "withInput"]);
  const { rmTypeTfms, withInput = false } = options;
  const dls = itemLoaders(learn, "predict");
  const dl = await dls.testDl([item], rmTypeTfms === undefined ? {} : { rmTypeTfms });
  const { inputs, decoded, preds } = await getPreds(learn, { dl, withInput: true, withDecoded: true });
  const decoder = dls.valid ?? dls.train;
  const { nInp } = decoder;
  const members = asTuple([...listOf(inputs), ...listOf(decoded)]);
  const [sample] = await decoder.decodeBatch(members);
  const parts = Array.isArray(sample) ? sample : [sample];
  const result: [unknown, Tensor, Tensor] = [one(parts.slice(nInp)), first(decoded), first(preds)];
  return withInput ? [one(parts.slice(0, nInp)), ...result] : result;
}

/** A batch beside what the model makes of it. Source: LRN-18. */
export async function showResults(learn: TrainingLoop, options: ShowResultsOptions = {}): Promise<Figure> {
  const { dsIdx = 1, dl, shuffle = true, ...show } = options;
  const source = dl ?? loaderAt(learn.dls, dsIdx);
  if (!(source instanceof TfmdDL)) {
    itemLoaders(learn, "showResults");
    throw new OptionError("showResults: expected a loader made by a DataBlock or Datasets, got another. Use getPreds.");
  }
  const drawn: TfmdDL = dl ? source : source.new(undefined, { shuffle });
  const batch = await firstBatch(drawn);
  const { decoded } = await getPreds(learn, { dl: [batch], withDecoded: true });
  return drawn.showResults(batch, decoded, show);
}

function listOf(value: Tensor | readonly Tensor[]): readonly Tensor[] {
  return Array.isArray(value) ? value : [value as Tensor];
}

function one(members: readonly unknown[]): unknown {
  return members.length === 1 ? members[0] : members;
}

/** The first item of a batch, of each tensor where there are several. */
function first(value: Tensor): Tensor {
  return mapTensors(value, (t) => t.select(0, 0));
}
