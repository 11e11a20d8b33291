/** Going through the data that set-up sees. */
import { type IndexedDataset, isAsyncIterable, isIndexed, isIterable, itemAt } from "./dataset.js";
import { becauseOf, DataError, stageOf } from "./errors.js";
import { isPromise, type MaybePromise } from "./maybe-promise.js";
import { isSkip } from "./skipped.js";

function failedOn(items: readonly unknown[] | IndexedDataset, i: number, error: unknown): void {
  if (isSkip(error)) return;
  const item = (items as IndexedDataset).itemName?.(i) ?? `item ${i}`;
  const stage = stageOf(error) ?? "setup";
  throw new DataError(`set-up: reading ${item} failed${becauseOf(error)}`, { item, stage, cause: error });
}

/**
 * Calls `fn` with the item at a position; leaves out what `skipItem` does.
 * Throws `DataError` naming the item that cannot be made, or that `fn` does not take.
 */
export function withItem(
  items: readonly unknown[] | IndexedDataset,
  i: number,
  fn: (item: unknown) => void,
): MaybePromise<void> {
  try {
    const item: MaybePromise<unknown> = itemAt(items, i);
    return isPromise(item) ? item.then(fn).catch((error: unknown) => failedOn(items, i, error)) : fn(item);
  } catch (error) {
    failedOn(items, i, error);
  }
}

/**
 * Calls `fn` with each item, in order; waits only where an item is a promise.
 * Throws `DataError` naming the item that cannot be made, or that `fn` does not take.
 */
export async function eachItem(items: unknown, fn: (item: unknown) => void): Promise<void> {
  if (isIndexed(items)) {
    for (let i = 0; i < items.length; i++) {
      const done = withItem(items, i, fn);
      if (isPromise(done)) await done;
    }
  } else if (isIterable(items) || isAsyncIterable(items)) {
    for await (const item of items) fn(item);
  } else {
    throw new TypeError(`setup: expected a list of items, got ${typeof items}.`);
  }
}
