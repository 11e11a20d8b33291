/** Batches out of a dataset, every stage replaceable. Source: DLD-1 … DLD-12. */
import { availableParallelism } from "node:os";
import { checkOptions, type Device, type Tensor } from "../torch/index.js";
import type { CallInfo } from "./call-info.js";
import { collate, convert } from "./collate.js";
import { createBatches } from "./create-batches.js";
import { type DatasetLike, isIndexed, itemAt } from "./dataset.js";
import { drawSeed } from "./draw-seed.js";
import { Epoch } from "./epoch.js";
import { DataError, EndOfItems } from "./errors.js";
import {
  type DataLoaderOptions,
  hookNames,
  type LoaderHooks,
  type LoaderSettings,
  type Samples,
  settingNames,
} from "./loader-hooks.js";
import { andThen, isPromise, type MaybePromise } from "./maybe-promise.js";
import { disposeTensors, toDevice } from "./nested.js";
import { prefetched } from "./prefetch.js";
import { itemName } from "./show-text.js";
import { reportBroken, type SkipBroken, type SkippedItem } from "./skipped.js";

/**
 * Goes through a dataset in batches: `for await (const [x, y] of loader)`. Items are prepared concurrently and the next
 * batches are prepared while one is in use; the order depends on the seed alone.
 *
 * A batch belongs to whoever iterates: dispose its tensors when done (the Learner does), or leave them to the collector.
 * Source: DLD-1.
 *
 * @example
 * const dl = new DataLoader([1, 2, 3, 4, 5], { bs: 2 });
 * for await (const batch of dl) console.log(String(batch));
 */
export class DataLoader<Item = unknown, B = Tensor[]> implements AsyncIterable<B>, LoaderHooks<Item, B> {
  readonly dataset: DatasetLike<Item> | null;
  bs: number | null;
  shuffle: boolean;
  dropLast: boolean;
  readonly indexed: boolean;
  /** Items in a pass; undefined for streams. */
  n: number | undefined;
  device: Device | undefined;
  concurrency: number;
  prefetch: number;
  skipBroken: SkipBroken;
  seed: number | undefined;
  /** Items that the current pass, or the last one, left out. */
  skipped: readonly SkippedItem[] = [];
  private passes = 0;
  private told = false;
  protected readonly hooks: Partial<LoaderHooks<Item, B>>;

  constructor(dataset: DatasetLike<Item> | null, options: DataLoaderOptions<Item, B> = {}) {
    checkOptions(this.constructor.name, options, [...settingNames, ...hookNames]);
    this.dataset = dataset;
    this.bs = options.bs ?? null;
    this.shuffle = options.shuffle ?? false;
    this.dropLast = options.dropLast ?? false;
    this.indexed = options.indexed ?? isIndexed(dataset);
    this.n = options.n ?? (isIndexed(dataset) ? dataset.length : undefined);
    this.device = options.device;
    this.concurrency = options.concurrency ?? Math.min(16, 2 * availableParallelism());
    this.prefetch = options.prefetch ?? 2;
    this.skipBroken = options.skipBroken ?? false;
    this.seed = options.seed;
    this.hooks = Object.fromEntries(hookNames.flatMap((name) => (options[name] ? [[name, options[name]]] : [])));
    Object.assign(this, this.hooks);
    this.check();
  }

  private check(): void {
    const { bs, dropLast, shuffle, indexed, n } = this;
    const where = this.constructor.name;
    if (typeof this.dataset !== "object") {
      throw new TypeError(
        `${where}: expected a dataset, an array or something with length and get(i) or that is iterable, got ${typeof this.dataset}.`,
      );
    }
    if (!["boolean", "function"].includes(typeof this.skipBroken)) {
      throw new TypeError(
        `${where}: expected skipBroken to be true, false or a function, got ${String(this.skipBroken)}.`,
      );
    }
    if (bs !== null && !(Number.isInteger(bs) && bs > 0)) {
      throw new RangeError(`${where}: expected bs to be a whole number above 0 or null, got ${bs}.`);
    }
    if (dropLast && bs === null) throw new TypeError(`${where}: dropLast needs a batch size. Give bs.`);
    if (shuffle && !indexed) {
      throw new TypeError(
        `${where}: expected a dataset with length and get(i) to shuffle, got a stream. Leave out shuffle.`,
      );
    }
    if (n !== undefined && isIndexed(this.dataset)) this.n = Math.min(n, this.dataset.length);
  }

  /** Batches in a pass. Throws a TypeError for a stream of unknown length. Source: DLD-9. */
  get length(): number {
    if (this.n === undefined) {
      throw new TypeError(
        `${this.constructor.name}.length: the dataset is a stream of unknown length. Give the loader n.`,
      );
    }
    if (this.bs === null) return this.n;
    return this.dropLast ? Math.floor(this.n / this.bs) : Math.ceil(this.n / this.bs);
  }

  /** Whether each batch's tensors are made for whoever iterates, who may then free them. */
  get freshBatches(): boolean {
    return this.bs !== null;
  }

  /** Whether a dataset's `getBatch` may stand in for the item stages: none of them does anything. */
  get wholeBatches(): boolean {
    return this.stagesAre(DataLoader.prototype);
  }

  /** Whether the dataset offers batches and the item stages are those of a class that leaves items alone. */
  protected stagesAre(base: DataLoader<Item, B>): boolean {
    const stages = ["createItem", "afterItem", "beforeBatch", "createBatch", "retain", "doBatch"] as const;
    return this.bs !== null && hasGetBatch(this.dataset) && stages.every((name) => this[name] === base[name]);
  }

  /** The dataset when items come out of it in its own order only; null when they are made by position. */
  get stream(): Iterable<Item> | AsyncIterable<Item> | null {
    if (this.indexed || isIndexed(this.dataset)) return null;
    return this.createItem === DataLoader.prototype.createItem ? this.dataset : null;
  }

  /** Runs before everything else of a pass. */
  protected begin(): void {}

  beforeIter(_epoch: Epoch): MaybePromise<void> {}

  afterIter(): MaybePromise<void> {}

  /** Source: DLD-5. */
  getIdxs(epoch: Epoch): MaybePromise<Samples> {
    if (!this.indexed) return nulls(this.n);
    const idxs = Array.from({ length: this.n ?? 0 }, (_, i) => i);
    return this.shuffle ? this.shuffleFn(this.allIdxs(idxs), epoch).slice(0, this.n) : idxs;
  }

  shuffleFn(idxs: readonly number[], epoch: Epoch): readonly number[] {
    return epoch.random.shuffle(idxs);
  }

  sample(idxs: Samples): Samples {
    return idxs;
  }

  createItem(i: number | null, info: CallInfo): MaybePromise<Item> {
    if (this.dataset === null) throw new EndOfItems(`${this.constructor.name}: there is no dataset. Give createItem.`);
    if (!isIndexed<Item>(this.dataset)) {
      throw new TypeError(`${this.constructor.name}: expected a dataset with length and get(i), got a stream.`);
    }
    return itemAt(this.dataset, i ?? 0, info);
  }

  afterItem(item: Item, _info: CallInfo): MaybePromise<unknown> {
    return item;
  }

  /** `createItem`, then `afterItem`. */
  doItem(i: number | null, info: CallInfo): MaybePromise<unknown> {
    return andThen(this.createItem(i, info), (item) => this.afterItem(item, info));
  }

  createBatches(samples: Samples, epoch: Epoch): AsyncIterable<B> | Iterable<B> {
    return createBatches(this, samples, epoch);
  }

  beforeBatch(items: unknown[]): MaybePromise<unknown[]> {
    return items;
  }

  createBatch(items: unknown[]): MaybePromise<B> {
    // `B` names what the items collate to: for items [x, y] of tensors or numbers, two tensors.
    return (this.bs === null ? convert(items[0]) : collate(items)) as B;
  }

  retain(batch: B, _items: unknown[]): MaybePromise<B> {
    return batch;
  }

  doBatch(items: unknown[]): MaybePromise<B> {
    return andThen(this.beforeBatch(items), (list) =>
      andThen(this.createBatch(list), (batch) => this.retain(batch, items)),
    );
  }

  afterBatch(batch: B): MaybePromise<B> {
    return batch;
  }

  /** Resolves when the loader is set up. Iterating waits for it. */
  ready(): MaybePromise<void> {}

  [Symbol.asyncIterator](): AsyncGenerator<B, void, undefined> {
    return this.iterate(this.prefetch);
  }

  /** One pass, `prefetch` batches ahead. Stopping early frees what is under way. Source: DLD-3. */
  protected async *iterate(prefetch: number): AsyncGenerator<B, void, undefined> {
    await this.ready();
    this.begin();
    const drawn = drawSeed();
    const epoch = new Epoch(this.seed === undefined ? drawn : this.seed + this.passes++);
    this.skipped = epoch.skipped;
    await this.beforeIter(epoch);
    const samples = this.sample(await this.getIdxs(epoch));
    const batches = this.createBatches(samples, epoch);
    const discard = (b: B) => (this.freshBatches ? disposeTensors(b) : undefined);
    let made = 0;
    for await (const batch of prefetched(batches, { depth: prefetch, epoch, discard })) {
      made += 1;
      yield await this.finish(batch);
    }
    await this.afterIter();
    if (made === 0 || !this.told) this.told = reportBroken(this.constructor.name, epoch.skipped, { batches: made });
  }

  /** Moves a batch to the device and runs `afterBatch`, freeing what that replaced, or all of it on failure. */
  protected async finish(batch: B): Promise<B> {
    const moved = this.device === undefined ? batch : toDevice(batch, this.device);
    let out: B | undefined;
    try {
      const done = this.afterBatch(moved);
      out = isPromise<B>(done) ? await done : done;
      return out;
    } finally {
      if (this.freshBatches) disposeTensors(batch, out);
      if (moved !== batch) disposeTensors(moved, [out, batch]);
    }
  }

  /** The first batch, prepared without going on to the next. Throws `DataError` when there is none. Source: DLD-11. */
  async oneBatch(): Promise<B> {
    for await (const batch of this.iterate(0)) return batch;
    throw this.noBatches(`${this.constructor.name}.oneBatch`);
  }

  /** The error of `where`, which needs batches, when there are none. */
  noBatches(where: string): DataError {
    const { n, bs, dropLast } = this;
    const remedy = n === 0 ? "Check the splitter, or the items given." : "Lower bs, or set dropLast to false.";
    return new DataError(
      `${where}: expected at least one batch, got none ` +
        `(${n ?? "unknown"} items, bs ${bs}, dropLast ${dropLast}). ${remedy}`,
    );
  }

  /** The name of the item at a position, for error messages. */
  itemName(i: number): string {
    const ds = this.dataset as { itemName?: (i: number) => string } | null;
    if (ds?.itemName) return ds.itemName(i);
    return Array.isArray(this.dataset) ? itemName(this.dataset[i]) : `item ${i}`;
  }

  /** A loader of the same class and settings over another dataset. Source: DLD-10. */
  new(dataset: DatasetLike<Item> | null = this.dataset, options: DataLoaderOptions<Item, B> = {}): this {
    const Class = this.constructor as new (
      dataset: DatasetLike<Item> | null,
      options: DataLoaderOptions<Item, B>,
    ) => this;
    return new Class(dataset, { ...this.settings(dataset), ...this.hooks, ...options });
  }

  /** The settings a copy over `dataset` starts from. `n` is kept only for the same dataset. */
  protected settings(dataset: DatasetLike<Item> | null): LoaderSettings {
    const { bs, shuffle, dropLast, device, concurrency, prefetch, skipBroken, seed } = this;
    const same = dataset === this.dataset ? { n: this.n, indexed: this.indexed } : {};
    const optional = Object.fromEntries(Object.entries({ device, seed, ...same }).filter(([, v]) => v !== undefined));
    const indexed = dataset === null || isIndexed(dataset);
    return { bs, shuffle: shuffle && indexed, dropLast, concurrency, prefetch, skipBroken, ...optional };
  }

  /** Sends batches to the device from now on. Source: DLD-12. */
  to(device: Device): this {
    this.device = device;
    return this;
  }

  private allIdxs(idxs: readonly number[]): readonly number[] {
    const total = isIndexed(this.dataset) ? this.dataset.length : idxs.length;
    return total === idxs.length ? idxs : Array.from({ length: total }, (_, i) => i);
  }
}

function hasGetBatch(ds: unknown): ds is { getBatch(idxs: readonly number[]): MaybePromise<unknown> } {
  return typeof (ds as { getBatch?: unknown } | null)?.getBatch === "function";
}

function* nulls(n: number | undefined): Generator<null> {
  for (let i = 0; n === undefined || i < n; i++) yield null;
}
