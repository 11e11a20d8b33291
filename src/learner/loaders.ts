import { DataError, DataLoader, isPromise, type MaybePromise } from "../data/index.js";
import { OptionError } from "../torch/index.js";
import type { Batch, Batches, DataSource, LossFunc } from "./types.js";

/** An iterator over batches, synchronous or not. */
export interface BatchIterator {
  next(): MaybePromise<IteratorResult<Batch>>;
  return?(): unknown;
}

/** Goes through a loader. Throws `OptionError` when the value cannot be gone through. */
export function iterate(batches: Batches): BatchIterator {
  if (Symbol.asyncIterator in batches) return batches[Symbol.asyncIterator]();
  if (Symbol.iterator in batches) return batches[Symbol.iterator]();
  throw new OptionError(
    "Learner: expected loaders that yield [x, y], got something without an iterator. Pass an array of batches, a DataLoader, or an object with [Symbol.iterator].",
  );
}

const counted = new WeakMap<object, number>();

/** The number of batches, if the loader says or has been counted. */
export function knownLength(batches: Batches): number | undefined {
  try {
    return batches.length ?? counted.get(batches);
  } catch {
    return counted.get(batches); // a DataLoader over a stream throws: it does not know
  }
}

/** Throws `DataError` when a loader says that it has no batches: training on it would change nothing, without a word. */
export function checkBatches(where: string, batches: Batches): void {
  if (knownLength(batches) !== 0) return;
  if (batches instanceof DataLoader) throw batches.noBatches(where);
  throw new DataError(`${where}: expected at least one batch, got none. Check what the batches are made from.`);
}

/**
 * The number of batches; goes through the loader once when it does not say, and remembers.
 * Throws `OptionError` for an iterator that can be gone through only once.
 */
export async function countBatches(batches: Batches): Promise<number> {
  const known = knownLength(batches);
  if (known !== undefined) return known;
  const iterator = iterate(batches);
  if ((iterator as unknown) === batches) {
    throw new OptionError(
      "Learner: expected a loader that can be gone through once an epoch, got an iterator, which can only once. " +
        "Pass an array of batches, or an object whose [Symbol.iterator] starts anew.",
    );
  }
  let count = 0;
  for (;;) {
    const next = iterator.next();
    if ((isPromise(next) ? await next : next).done) break;
    count += 1;
  }
  counted.set(batches, count);
  return count;
}

/** A loader of the data by index: 0 training, 1 validation. Throws `OptionError` when there is none. */
export function loaderAt(dls: DataSource, index: number): Batches {
  const found = index === 0 ? dls.train : index === 1 ? dls.valid : dls.loaders?.[index];
  if (found) return found;
  const count = dls.loaders?.length ?? (dls.valid ? 2 : 1);
  throw new OptionError(
    `Learner: expected the index of a loader, got ${index}; there are ${count}. ` +
      (index === 1 ? "Split the data into training and validation, or pass { dl }." : "Pass { dl } or another dsIdx."),
  );
}

/** The loss that the data knows. Throws `OptionError` when it knows none. Source: LOS-8. */
export function inferLoss(dls: DataSource): LossFunc {
  if (dls.lossFunc) return dls.lossFunc;
  throw new OptionError("Learner: expected a loss, but the data does not know one. Pass { lossFunc }.");
}
