/** Batches of items of about one length. Source: TXT-15, fastai `SortedDL`. */
import { checkOptions, Tensor } from "../torch/index.js";
import { registerConstant } from "../torch/registry.js";
import type { DatasetLike } from "./dataset.js";
import { drawSeed } from "./draw-seed.js";
import { Epoch, ItemCall } from "./epoch.js";
import { DataError, messageOf } from "./errors.js";
import { chunked, sortedBy } from "./lists.js";
import type { LoaderSettings, Samples } from "./loader-hooks.js";
import { leavesOut } from "./skipped.js";
import { TfmdDL, type TfmdDLOptions } from "./tfmd-dl.js";

/** What items are sorted by. */
export interface SortOptions {
  /** The size of an item, as the dataset and `afterItem` make it. Default: the length of its first member. */
  sortFunc?: (item: unknown) => number;
  /** The size of every item, where it is known; nothing is prepared to find it out then. */
  res?: ArrayLike<number>;
}

/** Settings of a SortedDL. */
export interface SortedDLOptions<B = Tensor[]> extends TfmdDLOptions<B>, SortOptions {}

/** Batches whose order is shuffled are put together out of this many at a time. Source: fastai. */
const batchesPerChunk = 50;

function firstLength(item: unknown): number {
  const first = Array.isArray(item) ? item[0] : item;
  if (first instanceof Tensor) return first.shape[0] ?? 0;
  const { length } = (first ?? {}) as { length?: unknown };
  if (typeof length === "number") return length;
  throw new DataError("SortedDL: expected items whose first member has a length, got none. Give sortFunc or res.");
}

/**
 * A loader that puts items of about one size into a batch, so that little padding is needed: the longest first, and in a
 * shuffled pass in random chunks of 50 batches that are sorted each, with the longest item at the very beginning (what
 * does not fit in memory fails at once) and the batches between the first and the last shuffled.
 *
 * The sizes are found out before the first pass, by preparing every item once, unless `res` has them.
 *
 * @example
 * const dl = new SortedDL(dsets.train, { bs: 32, shuffle: true });
 * const dls = dsets.dataLoaders({ dlType: SortedDL.by({ sortFunc: ([ids]) => ids.length }) });
 */
export class SortedDL<B = Tensor[]> extends TfmdDL<B> {
  private readonly sortFunc: (item: unknown) => number;
  private res: ArrayLike<number> | undefined;

  constructor(dataset: DatasetLike | null, options: SortedDLOptions<B> = {}) {
    const { sortFunc = firstLength, res, ...rest } = options;
    super(dataset, rest);
    this.sortFunc = sortFunc;
    this.res = res;
    const n = (dataset as { length?: number } | null)?.length;
    if (res && res.length !== n) {
      throw new DataError(
        `SortedDL: expected a size for each of ${n} items, got ${res.length}. Give res for this dataset.`,
      );
    }
  }

  /** The same kind of loader with its own sizes, for `dlType`; `res` are those of training, `valRes` of validation. */
  static by(options: SortOptions & { valRes?: ArrayLike<number> }): typeof SortedDL {
    checkOptions("SortedDL.by", options, ["sortFunc", "res", "valRes"]);
    const { sortFunc, res, valRes } = options;
    return class<B> extends SortedDL<B> {
      constructor(dataset: DatasetLike | null, own: SortedDLOptions<B> = {}) {
        const known = (dataset as { splitIdx?: number } | null)?.splitIdx === 1 ? valRes : res;
        super(dataset, { ...(sortFunc ? { sortFunc } : {}), ...(known ? { res: known } : {}), ...own });
      }
    };
  }

  /** The size of every item of the dataset. */
  async sizes(): Promise<ArrayLike<number>> {
    this.res ??= await this.measure();
    return this.res;
  }

  private async measure(): Promise<number[]> {
    this.begin();
    const epoch = new Epoch(this.seed ?? drawSeed());
    const sizes: number[] = [];
    const total = (this.dataset as { length?: number } | null)?.length ?? 0;
    for (let i = 0; i < total; i++) {
      const call = new ItemCall(epoch, i);
      try {
        const size: unknown = this.sortFunc(await this.doItem(i, call));
        if (typeof size !== "number")
          throw new DataError(`SortedDL: expected a number from sortFunc, got ${String(size)}.`);
        sizes.push(size);
      } catch (error) {
        const item = this.itemName(i);
        if (!leavesOut(this.skipBroken, error, item)) {
          throw new DataError(`SortedDL: measuring ${item} failed: ${messageOf(error)}`, { item, cause: error });
        }
        sizes.push(0); // the pass will leave it out
      } finally {
        call.dispose();
      }
    }
    return sizes;
  }

  override async getIdxs(epoch: Epoch): Promise<Samples> {
    const sizes = await this.sizes();
    const idxs = (await super.getIdxs(epoch)) as number[]; // positions, as the dataset is indexed
    return this.shuffle ? idxs : sortedBy(idxs, (i) => sizes[i], { reverse: true });
  }

  override shuffleFn(idxs: readonly number[], epoch: Epoch): readonly number[] {
    const { bs, res = [] } = this; // `getIdxs` has found the sizes
    const size = bs ?? 1;
    const order = epoch.random.shuffle(idxs);
    const longest = order.indexOf(sortedBy(idxs, (i) => res[i], { reverse: true })[0] ?? 0);
    [order[0], order[longest]] = [order[longest] as number, order[0] as number];
    const sorted = chunked(order, size * batchesPerChunk).flatMap((part) =>
      sortedBy(part, (i) => res[i], { reverse: true }),
    );
    const batches = chunked(sorted, size);
    if (batches.length < 3) return sorted;
    return [batches[0] ?? [], ...epoch.random.shuffle(batches.slice(1, -1)), batches.at(-1) ?? []].flat();
  }

  protected override settings(dataset: DatasetLike | null): LoaderSettings & SortOptions {
    const { sortFunc, res } = this;
    return { ...super.settings(dataset), sortFunc, ...(dataset === this.dataset && res ? { res } : {}) };
  }
}

registerConstant("data.SortedDL", SortedDL);
