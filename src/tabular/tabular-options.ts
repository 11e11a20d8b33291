/** What tables are made with. */
import type { BlockLike, Splits } from "../data/index.js";
import type { Device, Spec } from "../torch/index.js";
import type { ProcLike } from "./targets.js";

/** What a table is prepared with. */
export interface TabularOptions {
  /** Steps such as Categorify, FillMissing, Normalize: objects or their classes. Default none. */
  procs?: readonly ProcLike[];
  /** Categorical columns. Default none. */
  catNames?: string | readonly string[];
  /** Continuous columns. Default none. */
  contNames?: string | readonly string[];
  /** The target, or several. Default none. */
  yNames?: string | readonly string[];
  /** The kind of target. Default: RegressionBlock when all are numbers, else CategoryBlock. */
  yBlock?: BlockLike;
  /** Rows for training and for validation. Default: all for training. */
  splits?: Readonly<Splits> | null;
  /** Whether the steps are set up and applied. Default true. */
  doSetup?: boolean;
  /** Where tensors are made. Default: where the loader wants them. */
  device?: Device;
  /** Whether the frame that is given holds the prepared columns afterwards. Default false: it stays as it is. */
  inplace?: boolean;
  /** Whether numbers are stored narrowly, and classes of texts are those of all rows, not of training rows. Default true. */
  reduceMemory?: boolean;
}

/** The names of the options. */
export const tabularOptionNames = [
  ...["procs", "catNames", "contNames", "yNames", "yBlock", "splits", "doSetup", "device", "inplace", "reduceMemory"],
];

/** Names as a list, each once. */
export function nameList(names: string | readonly string[] | undefined): string[] {
  return [...new Set([names ?? []].flat())];
}

/** A table's roles and steps as data. */
export interface TabularSpec {
  readonly catNames: readonly string[];
  readonly contNames: readonly string[];
  readonly yNames: readonly string[];
  readonly procs: readonly Spec[];
}
