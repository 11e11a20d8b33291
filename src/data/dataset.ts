/** What a loader can draw from. */

import type { CallInfo } from "./call-info.js";
import type { MaybePromise } from "./maybe-promise.js";

/** A dataset whose items are asked for by position. */
export interface IndexedDataset<Item = unknown> {
  readonly length: number;
  /** The item at a position. Loaders tell it what its transforms should draw from and where they may free. */
  get(i: number, info?: CallInfo): MaybePromise<Item>;
  /** Makes a whole batch at once, of fresh tensors that the loader may free. Then no per-item work is done. */
  getBatch?(idxs: readonly number[]): MaybePromise<unknown>;
  /** The raw item's name in error messages. */
  itemName?(i: number): string;
}

/** Anything a loader can draw from: an array, something with `length` and `get(i)`, or a stream. */
export type DatasetLike<Item = unknown> = readonly Item[] | IndexedDataset<Item> | Iterable<Item> | AsyncIterable<Item>;

/** Whether items can be asked for by position. */
export function isIndexed<Item>(ds: unknown): ds is readonly Item[] | IndexedDataset<Item> {
  if (Array.isArray(ds)) return true;
  const { length, get } = (ds ?? {}) as Partial<IndexedDataset>;
  return typeof length === "number" && typeof get === "function";
}

/** The item at a position of an indexed dataset. */
export function itemAt<Item>(
  ds: readonly Item[] | IndexedDataset<Item>,
  i: number,
  info?: CallInfo,
): MaybePromise<Item> {
  return "get" in ds ? ds.get(i, info) : (ds[i] as Item);
}

/**
 * The raw items of a source as an array: arrays stay themselves, tables (anything with `length` and `row(i)`) give their
 * rows, indexed datasets and iterables their items.
 * Throws a TypeError for anything else.
 */
export function itemsOf(source: unknown): readonly unknown[] {
  if (Array.isArray(source)) return source;
  if (typeof source === "object" && source !== null) {
    const { length, row, get, at } = source as {
      length?: unknown;
      row?: (i: number) => unknown;
      get?: (i: number) => unknown;
      at?: (i: number) => unknown;
    };
    const pick = row ?? (isIterable(source) ? undefined : (get ?? at));
    if (typeof length === "number" && pick) return Array.from({ length }, (_, i) => pick.call(source, i));
    if (isIterable(source)) return [...source];
  }
  const got = source === null || source === undefined ? String(source) : typeof source;
  throw new TypeError(
    `items: expected an array, a table or an iterable of items, got ${got}. Put a single item into an array.`,
  );
}

/** Whether the value can be gone through with `for … of`. */
export function isIterable(x: unknown): x is Iterable<unknown> {
  return typeof x === "object" && x !== null && Symbol.iterator in x;
}

/** Whether the value can be gone through with `for await … of` only. */
export function isAsyncIterable(x: unknown): x is AsyncIterable<unknown> {
  return typeof x === "object" && x !== null && Symbol.asyncIterator in x;
}
