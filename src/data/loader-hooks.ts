/** The stages and settings of a loader. Source: DLD-1 … DLD-3. */
import type { Device, Tensor } from "../torch/index.js";
import type { CallInfo } from "./call-info.js";
import type { Epoch } from "./epoch.js";
import type { MaybePromise } from "./maybe-promise.js";
import type { SkipBroken } from "./skipped.js";

/** What a loader goes through: positions of an indexed dataset, or nulls for as long as `createItem` has items. */
export type Samples = Iterable<number | null>;

/** The stages of a loader. Give any of them as an option, or override them in a subclass. Source: DLD-2, DLD-3. */
export interface LoaderHooks<Item = unknown, B = Tensor[]> {
  /** Runs before each pass. Default: nothing. */
  beforeIter(epoch: Epoch): MaybePromise<void>;
  /** The positions to go through. Default: 0 … n - 1, shuffled if `shuffle`. */
  getIdxs(epoch: Epoch): MaybePromise<Samples>;
  /** Puts positions in random order. Default: a permutation drawn from the pass's generator. */
  shuffleFn(idxs: readonly number[], epoch: Epoch): readonly number[];
  /** Chooses among the positions. Default: all of them. */
  sample(idxs: Samples): Samples;
  /** Makes the item at a position. Default: the dataset's. */
  createItem(i: number | null, info: CallInfo): MaybePromise<Item>;
  /** Prepares an item. Default: as it is. */
  afterItem(item: Item, info: CallInfo): MaybePromise<unknown>;
  /** Makes all batches of the positions: items, chunks, `doBatch`. */
  createBatches(samples: Samples, epoch: Epoch): AsyncIterable<B> | Iterable<B>;
  /** Prepares the list of items of a batch, such as by padding. Default: as it is. */
  beforeBatch(items: unknown[]): MaybePromise<unknown[]>;
  /** Makes a batch of items. Default: `collate`, or `convert` of one prebatched item when `bs` is null. */
  createBatch(items: unknown[]): MaybePromise<B>;
  /** Restores what collating lost, such as types. Default: as it is. */
  retain(batch: B, items: unknown[]): MaybePromise<B>;
  /** `beforeBatch`, `createBatch` and `retain` in turn. */
  doBatch(items: unknown[]): MaybePromise<B>;
  /** Prepares a batch on the device, when it is handed over. Default: as it is. */
  afterBatch(batch: B): MaybePromise<B>;
  /** Runs after each complete pass. Default: nothing. */
  afterIter(): MaybePromise<void>;
}

/** Plain settings of a loader. */
export interface LoaderSettings {
  /** Items in a batch; null when the dataset's items are batches already. Default null. */
  bs?: number | null;
  /** Whether each pass has its own random order. Default false. */
  shuffle?: boolean;
  /** Whether an incomplete last batch is left out. Default false. */
  dropLast?: boolean;
  /** Whether items are asked for by position. Default: whether the dataset can. */
  indexed?: boolean;
  /** Items in a pass. Default: the dataset's length, where it has one. */
  n?: number;
  /** Where batches are moved. Default: they stay where they are. */
  device?: Device;
  /** Items in preparation at the same time. Default: twice the cores, at most 16. */
  concurrency?: number;
  /** Batches prepared ahead while one is in use. Default 2. */
  prefetch?: number;
  /**
   * Which items that fail are left out of the pass instead of ending it: with true, files that cannot be read; or as a
   * function says. They are listed in the loader's `skipped`. Default false.
   */
  skipBroken?: SkipBroken;
  /** Fixes order and item draws of every pass. Default: each pass draws a seed from the tensor generator. */
  seed?: number;
}

/** Settings and stages of a loader. */
export type DataLoaderOptions<Item = unknown, B = Tensor[]> = LoaderSettings & Partial<LoaderHooks<Item, B>>;

/** The names of the stages. */
export const hookNames = [
  ...(["beforeIter", "getIdxs", "shuffleFn", "sample", "createItem", "afterItem", "createBatches"] as const),
  ...(["beforeBatch", "createBatch", "retain", "doBatch", "afterBatch", "afterIter"] as const),
] as const;
/** The names of the plain settings. */
export const settingNames: readonly string[] = [
  ...["bs", "shuffle", "dropLast", "indexed", "n", "device", "concurrency", "prefetch", "skipBroken", "seed"],
];
