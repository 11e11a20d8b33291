/** Functions that divide items into training and validation. Each returns [training positions, validation positions]. Source: DTR-3. */
import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { checkOptions, forkRng, randperm } from "../torch/index.js";
import { itemsOf } from "./dataset.js";
import { DataError, messageOf } from "./errors.js";
import { argwhere, groupBy, range } from "./lists.js";
import type { MaybePromise } from "./maybe-promise.js";
import { readColumn } from "./row.js";

/** Positions of the training items and of the validation items. */
export type Splits = [train: number[], valid: number[]];
/** Divides items. */
export type SplitterFn = (items: unknown) => MaybePromise<Splits>;
/** Divides items at once. */
export type SyncSplitter = (items: unknown) => Splits;

function permutation(n: number, seed: number | null | undefined): number[] {
  const draw = (): number[] => {
    const order = randperm(n);
    const idxs = Array.from(order.toArray() as number[], Number);
    order.dispose();
    return idxs;
  };
  return seed === null || seed === undefined ? draw() : forkRng(seed, draw);
}

/** Throws a RangeError unless the share lies between 0 and 1. */
export function checkPct(where: string, name: string, pct: number): void {
  if (!(pct > 0 && pct < 1)) throw new RangeError(`${where}: expected ${name} between 0 and 1, got ${pct}.`);
}

/** Settings of RandomSplitter. */
export interface RandomSplitterOptions {
  /** Share of validation items, 0..1. Default 0.2. */
  validPct?: number;
  /** Fixes the choice, to the one fastai makes for that seed; the tensor generator is left as it was. */
  seed?: number | null;
}

/** Chooses validation items at random. Source: DTR-3. */
export function RandomSplitter(options: RandomSplitterOptions = {}): SyncSplitter {
  checkOptions("RandomSplitter", options, ["validPct", "seed"]);
  const { validPct = 0.2, seed } = options;
  return (items) => {
    const idxs = permutation(itemsOf(items).length, seed);
    const cut = Math.trunc(validPct * idxs.length);
    return [idxs.slice(cut), idxs.slice(0, cut)];
  };
}

/** Takes the given positions for validation. Source: DTR-3. */
export function IndexSplitter(validIdx: Iterable<number>): SyncSplitter {
  const valid = [...validIdx];
  const inValid = new Set(valid);
  return (items) => {
    const { length } = itemsOf(items);
    return [range(length).filter((i) => !inValid.has(i)), [...valid]];
  };
}

/** Takes the last items for validation, or the first. For ordered data. Source: DTR-3. */
export function EndSplitter(options: { validPct?: number; validLast?: boolean } = {}): SyncSplitter {
  checkOptions("EndSplitter", options, ["validPct", "validLast"]);
  const { validPct = 0.2, validLast = true } = options;
  checkPct("EndSplitter", "validPct", validPct);
  return (items) => {
    const { length } = itemsOf(items);
    const idxs = range(length);
    const cut = Math.trunc(validPct * length);
    return validLast ? [idxs.slice(0, length - cut), idxs.slice(length - cut)] : [idxs.slice(cut), idxs.slice(0, cut)];
  };
}

/** Settings of GrandparentSplitter. */
export interface GrandparentSplitterOptions {
  /** Name of the training folder, or several. Default "train". */
  trainName?: string | readonly string[];
  /** Name of the validation folder, or several. Default "valid". */
  validName?: string | readonly string[];
}

/**
 * Divides by the name of the folder above the item's folder, as in train/cat/1.jpg. Throws `DataError` when no item is in
 * such a folder; `[]` stands for none. Source: DTR-3.
 */
export function GrandparentSplitter(options: GrandparentSplitterOptions = {}): SyncSplitter {
  checkOptions("GrandparentSplitter", options, ["trainName", "validName"]);
  const { trainName = "train", validName = "valid" } = options;
  return (items) => {
    const list = itemsOf(items);
    const folders = groupBy(list.keys(), (i) => basename(dirname(dirname(String(list[i])))));
    const at = (option: string, wanted: string | readonly string[]): number[] => {
      const found = [wanted].flat().flatMap((name) => folders.get(name) ?? []);
      if (found.length > 0 || wanted.length === 0 || list.length === 0) return found;
      const names = [...folders.keys()].slice(0, 10).join(", ");
      throw new DataError(
        `GrandparentSplitter: expected items below a folder ${[wanted].flat().join(" or ")}, got ${names}. ` +
          `Give ${option}, or [] for no such items.`,
        { stage: "splitter" },
      );
    };
    return [at("trainName", trainName), at("validName", validName)];
  };
}

/** Takes the items for which the function is true for validation. Source: DTR-3. */
export function FuncSplitter(func: (item: never) => boolean): SyncSplitter {
  return (items) => {
    const list = itemsOf(items);
    // Whoever gives the function knows what the items are.
    return IndexSplitter(argwhere(list, func as (item: unknown) => boolean))(list);
  };
}

/** Takes the items whose mask is true for validation. Throws `DataError` for a mask of another length. Source: DTR-3. */
export function MaskSplitter(mask: readonly boolean[]): SyncSplitter {
  return (items) => {
    const { length } = itemsOf(items);
    if (mask.length !== length) {
      throw new DataError(
        `MaskSplitter: expected a mask for each of ${length} items, got ${mask.length}. Make it from the same items.`,
      );
    }
    return IndexSplitter(argwhere(mask, (on) => on))(items);
  };
}

/** Takes the files named in a text file, one name a line, for validation. Source: DTR-3. */
export function FileSplitter(fname: string): (items: unknown) => Promise<Splits> {
  return async (items) => {
    const text = await readFile(fname, "utf8").catch((error: unknown) => {
      const message = `FileSplitter: expected a file of names, one a line, got ${fname}: ${messageOf(error)}. Check the path.`;
      throw new DataError(message, { item: fname, cause: error });
    });
    const names = new Set(text.split(/\r?\n/));
    return FuncSplitter((item: unknown) => names.has(basename(String(item))))(items);
  };
}

/** Settings of ColSplitter. */
export interface ColSplitterOptions {
  /** The value, or values, that mean validation. Default: whatever is true. */
  on?: unknown;
}

function truthy(x: unknown): boolean {
  // Tables read from text have "False" and "0".
  return typeof x === "string" ? !["", "0", "false", "no"].includes(x.toLowerCase()) : Boolean(x);
}

/** Divides the rows of a table by a column, given by name or position. Source: DTR-3. */
export function ColSplitter(col: string | number = "is_valid", options: ColSplitterOptions = {}): SyncSplitter {
  checkOptions("ColSplitter", options, ["on"]);
  const { on } = options;
  const isValid = (x: unknown) =>
    on === undefined || on === null ? truthy(x) : (Array.isArray(on) ? on : [on]).includes(x);
  return (items) => {
    const rows = itemsOf(items);
    return IndexSplitter(argwhere(rows, (row) => isValid(readColumn("ColSplitter", row, col))))(rows);
  };
}

/** Takes random parts of the items for training and validation. Source: DTR-3. */
export function RandomSubsetSplitter(
  trainSz: number,
  validSz: number,
  options: { seed?: number | null } = {},
): SyncSplitter {
  checkOptions("RandomSubsetSplitter", options, ["seed"]);
  checkPct("RandomSubsetSplitter", "trainSz", trainSz);
  checkPct("RandomSubsetSplitter", "validSz", validSz);
  if (trainSz + validSz > 1) {
    throw new RangeError(`RandomSubsetSplitter: expected shares of at most 1 together, got ${trainSz} and ${validSz}.`);
  }
  return (items) => {
    const idxs = permutation(itemsOf(items).length, options.seed);
    const nTrain = Math.trunc(idxs.length * trainSz);
    const nValid = Math.trunc(idxs.length * validSz);
    return [idxs.slice(0, nTrain), idxs.slice(nTrain, nTrain + nValid)];
  };
}

/** Checks that splits fit the items. Throws `DataError` when there is no training item. */
export function checkSplits(splits: readonly (readonly unknown[])[], n: number): void {
  if (n === 0) {
    throw new DataError("DataBlock: expected items, got none. Check getItems and the source.", { stage: "getItems" });
  }
  if ((splits[0]?.length ?? 0) > 0) return;
  throw new DataError(
    `DataBlock: expected training items, got none of ${n} items. Check the splitter, for example the folder names it looks for.`,
    { stage: "splitter" },
  );
}
