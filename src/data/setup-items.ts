/** Going through the data that set-up sees. */
import { isAsyncIterable, isIndexed, isIterable, itemAt } from "./dataset.js";
import { isPromise, type MaybePromise } from "./maybe-promise.js";

/** Calls `fn` with each item, in order; waits only where an item is a promise. */
export async function eachItem(items: unknown, fn: (item: unknown) => void): Promise<void> {
  if (isIndexed(items)) {
    for (let i = 0; i < items.length; i++) {
      const item: MaybePromise<unknown> = itemAt(items, i);
      fn(isPromise(item) ? await item : item);
    }
  } else if (isIterable(items) || isAsyncIterable(items)) {
    for await (const item of items) fn(item);
  } else {
    throw new TypeError(`setup: expected a list of items, got ${typeof items}.`);
  }
}
