/** From positions to batches: items concurrently, in order, in chunks. Source: DLD-3, DLD-6. */

import { keep } from "../torch/index.js";
import type { DataLoader } from "./data-loader.js";
import { type Epoch, ItemCall } from "./epoch.js";
import { becauseOf, CollateError, DataError, EndOfItems, messageOf, stageOf, withNames } from "./errors.js";
import type { Samples } from "./loader-hooks.js";
import { isPromise, type MaybePromise } from "./maybe-promise.js";
import { itemName } from "./show-text.js";
import { leavesOut, noteSkipped, type SkipBroken, type SkippedItem } from "./skipped.js";

class Skipped {
  constructor(readonly what: SkippedItem) {}
}
const ended = Symbol("ended");

interface Place {
  readonly index: number | null;
  readonly name: () => string;
}

type Made = { readonly call: ItemCall; readonly place: Place; readonly item: MaybePromise<unknown> };
type Ready = { readonly call: ItemCall; readonly place: Place; readonly item: unknown };

/** The default `createBatches`: whole batches where the dataset offers them, else items in chunks of `bs`. */
export async function* createBatches<Item, B>(
  loader: DataLoader<Item, B>,
  samples: Samples,
  epoch: Epoch,
): AsyncGenerator<B> {
  if (loader.wholeBatches) yield* wholeBatches(loader, samples, epoch);
  else yield* itemBatches(loader, samples, epoch);
}

async function* wholeBatches<Item, B>(loader: DataLoader<Item, B>, samples: Samples, epoch: Epoch): AsyncGenerator<B> {
  const { getBatch } = loader.dataset as { getBatch: (idxs: readonly number[]) => MaybePromise<B> };
  const bs = loader.bs ?? 1;
  const idxs = [...samples] as number[];
  for (let i = 0; i < idxs.length && !epoch.stopped; i += bs) {
    const chunk = idxs.slice(i, i + bs);
    if (chunk.length < bs && loader.dropLast) return;
    try {
      yield await getBatch.call(loader.dataset, chunk);
    } catch (error) {
      const names = `items ${chunk[0]} to ${chunk.at(-1)}`;
      throw new DataError(`DataLoader: getBatch failed on ${names}: ${messageOf(error)}`, {
        item: names,
        cause: error,
      });
    }
  }
}

async function* itemBatches<Item, B>(loader: DataLoader<Item, B>, samples: Samples, epoch: Epoch): AsyncGenerator<B> {
  const bs = loader.bs ?? 1;
  let chunk: Ready[] = [];
  try {
    for await (const ready of orderedItems(loader, samples, epoch)) {
      chunk.push(ready);
      if (chunk.length < bs) continue;
      const full = chunk;
      chunk = [];
      yield await makeBatch(loader, full);
    }
    if (chunk.length > 0 && !loader.dropLast && !epoch.stopped) {
      const rest = chunk;
      chunk = [];
      yield await makeBatch(loader, rest);
    }
  } finally {
    for (const { call } of chunk) call.dispose();
  }
}

async function makeBatch<Item, B>(loader: DataLoader<Item, B>, chunk: readonly Ready[]): Promise<B> {
  try {
    return keep(await loader.doBatch(chunk.map(({ item }) => item)));
  } catch (error) {
    throw batchFailure(error, chunk);
  } finally {
    for (const { call } of chunk) call.dispose();
  }
}

/** The error of a batch, with the names of the items that do not fit together. */
function batchFailure(error: unknown, chunk: readonly Ready[]): DataError {
  const named = withNames(error, (at) => chunk[at]?.place.name() ?? "");
  if (named instanceof DataError) return named;
  const names = `${chunk[0]?.place.name()} to ${chunk.at(-1)?.place.name()}`;
  return new CollateError(`DataLoader: making a batch of ${chunk.length} items (${names}) failed${becauseOf(error)}`, {
    stage: stageOf(error) ?? "doBatch",
    cause: error,
  });
}

/** Prepares items, up to `concurrency` at a time, and yields them in order without the skipped ones. */
async function* orderedItems<Item, B>(
  loader: DataLoader<Item, B>,
  samples: Samples,
  epoch: Epoch,
): AsyncGenerator<Ready> {
  const window: Made[] = [];
  const starts = starters(loader, samples, epoch);
  let open = true;
  try {
    while (!epoch.stopped) {
      while (open && window.length < loader.concurrency) {
        const next = starts.next();
        const start = isPromise(next) ? await next : next;
        if (start.done) open = false;
        else window.push(start.value());
      }
      const head = window.shift();
      if (!head) return;
      const item = isPromise(head.item) ? await head.item : head.item;
      if (item === ended) return;
      if (item instanceof Skipped) noteSkipped(epoch.skipped, item.what);
      else yield { ...head, item };
    }
  } finally {
    for (const { call, item } of window) {
      await Promise.resolve(item).catch(() => {}); // its failure no longer concerns anybody
      call.dispose();
    }
    await starts.return?.(undefined);
  }
}

type Starters = Iterator<() => Made> | AsyncIterator<() => Made>;

/** Yields functions that start one item each: by position, or with the next of a stream. */
function starters<Item, B>(loader: DataLoader<Item, B>, samples: Samples, epoch: Epoch): Starters {
  return loader.stream ? fromStream(loader, loader.stream, samples, epoch) : byPosition(loader, samples, epoch);
}

function* byPosition<Item, B>(loader: DataLoader<Item, B>, samples: Samples, epoch: Epoch): Generator<() => Made> {
  let position = 0;
  for (const index of samples) {
    const call = new ItemCall(epoch, position++);
    const at = position - 1;
    const place = { index, name: () => (index === null ? `item ${at}` : loader.itemName(index)) };
    yield () => ({ call, place, item: guarded(loader, call, place, () => loader.doItem(index, call)) });
  }
}

async function* fromStream<Item, B>(
  loader: DataLoader<Item, B>,
  stream: Iterable<Item> | AsyncIterable<Item>,
  samples: Samples,
  epoch: Epoch,
): AsyncGenerator<() => Made> {
  const slots = samples[Symbol.iterator]();
  let position = 0;
  if (slots.next().done) return;
  for await (const raw of stream) {
    const call = new ItemCall(epoch, position++);
    const place = { index: null, name: () => itemName(raw) };
    yield () => ({ call, place, item: guarded(loader, call, place, () => loader.afterItem(raw, call)) });
    if (slots.next().done) return;
  }
}

/** Runs the preparation of one item: what is left out becomes a `Skipped`, the end `ended`, failures name the item. */
function guarded<Item, B>(
  { skipBroken }: DataLoader<Item, B>,
  call: ItemCall,
  place: Place,
  make: () => MaybePromise<unknown>,
): MaybePromise<unknown> {
  let item: MaybePromise<unknown>;
  try {
    item = make();
    if (!isPromise(item)) return item;
    item = item.catch((error: unknown) => failed(skipBroken, call, place, error));
  } catch (error) {
    item = failed(skipBroken, call, place, error);
  }
  (item as Promise<unknown>).catch(() => {}); // reported when its turn comes
  return item;
}

async function failed(
  skipBroken: SkipBroken,
  call: ItemCall,
  { index, name }: Place,
  error: unknown,
): Promise<Skipped | typeof ended> {
  call.dispose();
  if (error instanceof EndOfItems) return ended;
  const item = name();
  if (leavesOut(skipBroken, error, item)) return new Skipped({ index, item, error });
  throw failureOf(error, item);
}

function failureOf(error: unknown, name: string): DataError {
  if (error instanceof DataError && error.item !== undefined) return error;
  const message = `DataLoader: preparing ${name} failed${becauseOf(error)}`;
  return new DataError(message, { item: name, stage: stageOf(error) ?? "item", cause: error });
}
