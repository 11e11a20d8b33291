/** Loaders over the subsets of a dataset. Source: DCO-8. */
import { checkOptions } from "../torch/index.js";
import type { DatasetLike } from "./dataset.js";
import { defaultDevice } from "./default-device.js";
import { hookNames } from "./loader-hooks.js";
import { TfmdDL, type TfmdDLOptions, tfmdDLOptionNames } from "./tfmd-dl.js";

/** A kind of TfmdDL, such as one that sorts by length. */
export type TfmdDLClass = new (dataset: DatasetLike | null, options: TfmdDLOptions) => TfmdDL;

/** Loader settings for the training subset, and what the other subsets do differently. */
export interface DataLoadersOptions extends TfmdDLOptions {
  /** Items in a validation batch. Default `bs`. */
  valBs?: number;
  /** Whether validation is shuffled. Default false. */
  valShuffle?: boolean;
  /** Any other setting for validation only. */
  val?: TfmdDLOptions;
  /** Settings of each loader by index; they win. */
  dlKwargs?: readonly TfmdDLOptions[];
  /** The kind of loader. Default TfmdDL. */
  dlType?: TfmdDLClass;
  /** Where a learner saves what belongs to this data. Default ".". */
  path?: string;
}

/** The option names of `dataLoaders`. */
export const dataLoadersOptionNames: readonly string[] = [
  ...new Set([...tfmdDLOptionNames, ...hookNames, "valBs", "valShuffle", "val", "dlKwargs", "dlType", "path"]),
];

/** One loader a subset; `DataLoaders.fromDsets` says how. Source: DCO-8. */
export function loadersOf(subsets: readonly DatasetLike[], options: DataLoadersOptions = {}): TfmdDL[] {
  checkOptions("dataLoaders", options, dataLoadersOptionNames);
  const { valBs, valShuffle = false, val = {}, dlKwargs = [], dlType = TfmdDL, path: _, ...common } = options;
  const { bs = 64, shuffle = true, n, dropLast = shuffle, device = defaultDevice(), ...rest } = common;
  const [first, ...others] = subsets;
  if (!first) throw new TypeError("dataLoaders: expected at least one subset, got none.");
  const limit = n === undefined ? {} : { n };
  const train = new dlType(first, { ...rest, bs, shuffle, dropLast, device, ...limit, ...dlKwargs[0] });
  const forOthers = { bs: valBs ?? bs, shuffle: valShuffle, dropLast: false, ...val };
  const loaders = others.map((subset, i) => train.new(subset, { ...forOthers, ...dlKwargs[i + 1] }));
  return [train, ...loaders];
}
