/** A recipe for data: kinds of input and target, and how to get, split and label items. Source: DBL-1 … DBL-10. */
import { checkOptions } from "../torch/index.js";
import { asBlock, asItems, asSplits, checkTargets } from "./data-block-checks.js";
import { DataLoaders } from "./data-loaders.js";
import { itemsOf } from "./dataset.js";
import { Datasets } from "./datasets.js";
import { DataError } from "./errors.js";
import { ItemGetter } from "./labellers.js";
import type { DataLoadersOptions, TfmdDLClass } from "./loaders-of.js";
import type { MaybePromise } from "./maybe-promise.js";
import { mergeTfms } from "./merge-tfms.js";
import { Pipeline } from "./pipeline.js";
import { brief } from "./show-text.js";
import { checkSplits, RandomSplitter } from "./splitters.js";
import type { Split } from "./subsets.js";
import { type SummaryOptions, summary } from "./summary.js";
import { asTransform, type Transform, type TransformLike, type Transforms, transformList } from "./transform.js";
import { type BlockLike, TransformBlock } from "./transform-block.js";

/** Reads a member off an item: a function, a transform, or a Pipeline of several. */
export type Getter = TransformLike | Pipeline;

/** Settings of a DataBlock. */
export interface DataBlockOptions {
  /** The kinds of inputs, then of targets. Default: two plain blocks. */
  blocks?: readonly BlockLike[];
  /** Items of a source. Default: the source itself. */
  getItems?: (source: never) => MaybePromise<unknown>;
  /** Divides the items. Default `RandomSplitter()`. */
  splitter?: (items: never) => MaybePromise<Iterable<Split>>;
  /** Reads the input off an item; one each for several inputs. */
  getX?: Getter | readonly Getter[];
  /** Reads the target off an item; one each for several targets. */
  getY?: Getter | readonly Getter[];
  /** Reads each member off an item; instead of `getX` and `getY`. */
  getters?: readonly (Getter | null)[];
  /** How many blocks are inputs. Default: all but the last, at least 1. */
  nInp?: number;
  /** More steps on items. */
  itemTfms?: Transforms;
  /** More steps on batches. */
  batchTfms?: Transforms;
  /** The kind of loader. Default: what a block needs, else TfmdDL. */
  dlType?: TfmdDLClass;
}

const optionNames = [
  ...["blocks", "getItems", "splitter", "getX", "getY", "getters", "nInp", "itemTfms", "batchTfms", "dlType"],
];

function list<T>(x: T | readonly T[] | undefined): readonly T[] {
  return x === undefined ? [] : Array.isArray(x) ? (x as readonly T[]) : [x as T];
}

function getterSteps(getter: Getter | null): Transform[] {
  if (getter === null) return [];
  if (getter instanceof Pipeline) return getter.fs;
  return [asTransform(getter, { whole: true })];
}

/**
 * Describes how to make datasets and loaders from a source. Source: DBL-1.
 *
 * @example
 * const block = new DataBlock({ blocks: [ImageBlock, CategoryBlock], getItems: getImageFiles, getY: parentLabel });
 * const dls = await block.dataLoaders(path, { bs: 32 });
 */
export class DataBlock {
  readonly blocks: readonly TransformBlock[];
  readonly nInp: number;
  /** Steps on items: those of the blocks, then the given ones. */
  itemTfms: Transform[] = [];
  /** Steps on batches: those of the blocks, then the given ones. */
  batchTfms: Transform[] = [];
  /** Items of a source. */
  getItems: (source: unknown) => MaybePromise<unknown>;
  /** Divides the items. */
  splitter: (items: unknown) => MaybePromise<Iterable<Split>>;
  readonly dlType: TfmdDLClass | undefined;
  private readonly ownGetItems: boolean;
  private readonly getters: readonly (Getter | null)[];
  private readonly dlsKwargs: DataLoadersOptions;

  constructor(options: DataBlockOptions = {}) {
    checkOptions("DataBlock", options, optionNames);
    const plain = [new TransformBlock(), new TransformBlock()];
    this.blocks = (options.blocks ?? plain).map(asBlock);
    this.nInp = options.nInp ?? Math.max(1, this.blocks.length - 1);
    const count = this.blocks.length;
    if (!(this.nInp >= 1 && this.nInp <= count)) {
      throw new TypeError(
        `DataBlock: expected inputs among the ${count} blocks, got ${count} blocks and nInp ${this.nInp}.`,
      );
    }
    this.dlType = options.dlType ?? this.blocks.findLast((block) => block.dlType)?.dlType;
    this.dlsKwargs = Object.assign({}, ...this.blocks.map((block) => block.dlsKwargs));
    this.ownGetItems = options.getItems !== undefined;
    // The functions take what the source and its items are; whoever gives them knows.
    this.getItems = (options.getItems as DataBlock["getItems"] | undefined) ?? ((source) => source);
    this.splitter = (options.splitter as DataBlock["splitter"] | undefined) ?? RandomSplitter();
    this.getters = this.makeGetters(options);
    this.new({ itemTfms: options.itemTfms, batchTfms: options.batchTfms });
  }

  /** A block whose items are the rows of columns: member i is column i. Source: DBL-9. */
  static fromColumns(options: DataBlockOptions = {}): DataBlock {
    const count = options.blocks?.length ?? 2;
    const getters = options.getters ?? Array.from({ length: count }, (_, i) => new ItemGetter(i));
    const given = options.getItems as ((source: unknown) => MaybePromise<unknown>) | undefined;
    const getItems = async (source: unknown): Promise<unknown[][]> => {
      const columns = itemsOf(given ? await given(source) : source).map(itemsOf);
      if (columns.some(({ length }) => length !== columns[0]?.length)) {
        const lengths = columns.map(({ length }) => length).join(", ");
        throw new DataError(`DataBlock.fromColumns: expected columns of one length, got ${lengths}.`, {
          stage: "getItems",
        });
      }
      return (columns[0] ?? []).map((_, i) => columns.map((column) => column[i]));
    };
    return new DataBlock({ ...options, getters, getItems });
  }

  private makeGetters(options: DataBlockOptions): (Getter | null)[] {
    const given = options.getters;
    if (given && given.length !== this.blocks.length) {
      throw new TypeError(
        `DataBlock: expected ${this.blocks.length} getters, one for each block, got ${given.length}. ` +
          "Give null for a block that takes the item as it is.",
      );
    }
    const getters: (Getter | null)[] = this.blocks.map((_, i) => given?.[i] ?? null);
    const nTarg = this.blocks.length - this.nInp;
    const place = (name: string, given: readonly Getter[], start: number, count: number): void => {
      if (given.length === 0) return;
      const odd = given.find((getter) => !(typeof getter === "function" || getter instanceof Object));
      if (odd !== undefined) {
        throw new TypeError(
          `DataBlock: expected a function or a transform in ${name}, got ${brief(odd)}. Give e.g. parentLabel.`,
        );
      }
      if (given.length !== count) {
        throw new TypeError(
          `DataBlock: expected ${count} functions in ${name}, one for each ${name === "getX" ? "input" : "target"}, ` +
            `got ${given.length}. To apply several in turn, wrap them in a Pipeline.`,
        );
      }
      getters.splice(start, count, ...given);
    };
    place("getX", list(options.getX), 0, this.nInp);
    place("getY", list(options.getY), this.nInp, nTarg);
    return getters;
  }

  /** Replaces the given item and batch steps, as for progressive resizing; those of the blocks stay. Source: DBL-8. */
  new(options: { itemTfms?: Transforms; batchTfms?: Transforms } = {}): this {
    checkOptions("DataBlock.new", options, ["itemTfms", "batchTfms"]);
    const merged = (event: "itemTfms" | "batchTfms") =>
      mergeTfms(...this.blocks.map((block) => block[event]), transformList(options[event]));
    this.itemTfms = merged("itemTfms");
    this.batchTfms = merged("batchTfms");
    return this;
  }

  /** The steps of each member: its getter, then its block's. Fresh lists, so that each set-up starts anew. */
  typeTfms(): Transform[][] {
    return this.blocks.map((block, i) => [
      ...getterSteps(this.getters[i] ?? null),
      ...block.typeTfms.map((tfm) => asTransform(tfm)),
    ]);
  }

  /** Collects and divides the items. Throws `DataError` when there is nothing to train on. */
  async split(source: unknown): Promise<{ items: readonly unknown[]; splits: Split[] }> {
    const items = asItems(await this.getItems(source), this.ownGetItems);
    const splits = asSplits(await this.splitter(items));
    checkSplits(
      splits.map((split) => [...split]),
      items.length,
    );
    return { items, splits };
  }

  /** The datasets of a source. Source: DBL-3. */
  async datasets(source: unknown): Promise<Datasets> {
    const { items, splits } = await this.split(source);
    const dsets = await Datasets.create(items, this.typeTfms(), { splits, nInp: this.nInp });
    await checkTargets(dsets);
    return dsets;
  }

  /** The loaders of a source, set up and tried on one item. Settings given here win over those of blocks. Source: DBL-4. */
  async dataLoaders(
    source: unknown,
    options: DataLoadersOptions & { itemTfms?: Transforms; batchTfms?: Transforms } = {},
  ): Promise<DataLoaders> {
    const { itemTfms, batchTfms, ...settings } = options;
    const dsets = await this.datasets(source);
    const dls = DataLoaders.fromDsets(
      Array.from({ length: dsets.nSubsets }, (_, i) => dsets.subset(i)),
      {
        ...(this.dlType ? { dlType: this.dlType } : {}),
        ...this.dlsKwargs,
        afterItem: mergeTfms(this.itemTfms, transformList(itemTfms)),
        afterBatch: mergeTfms(this.batchTfms, transformList(batchTfms)),
        ...settings,
      },
    );
    const types = await dls.train.onePass();
    for (const dl of dls.loaders) dl.types ??= types;
    return dls;
  }

  /** Describes, step by step, what becomes of a source; prints it unless `print` is false. Source: DBL-10. */
  summary(source: unknown, options: SummaryOptions = {}): Promise<string> {
    return summary(this, source, options);
  }
}
