/** Items and the pipeline they pass when asked for. Source: DCO-9. */
import type { Figure } from "../show/index.js";
import { checkOptions } from "../torch/index.js";
import type { CallInfo, SplitIdx } from "./call-info.js";
import { DataLoaders } from "./data-loaders.js";
import { type IndexedDataset, itemsOf } from "./dataset.js";
import { type Class, classOf, isOf } from "./dispatch.js";
import { DataError, messageOf } from "./errors.js";
import type { DataLoadersOptions } from "./loaders-of.js";
import type { MaybePromise } from "./maybe-promise.js";
import { composeTfms, Pipeline } from "./pipeline.js";
import { brief, itemName } from "./show-text.js";
import { isSkip, isUnreadable } from "./skipped.js";
import { getMany, normalizeSplits, overlappingSplits, type Split } from "./subsets.js";
import { asTransform, type Transforms, transformList } from "./transform.js";

/** Settings of TfmdLists. */
export interface TfmdListsOptions {
  /** The subsets: training first, validation second. Default: everything is training. */
  splits?: Iterable<Split> | null;
  /** Whether transforms are set up. Default true, but false when a Pipeline is given. */
  doSetup?: boolean;
  /** Whether set-up sees the training subset only. Default true. */
  trainSetup?: boolean;
  /** The split these items belong to. Default: none. */
  splitIdx?: SplitIdx;
}

const optionNames = ["splits", "doSetup", "trainSetup", "splitIdx"];

/** Unreadable items in a row after which set-up gives up. */
const unreadableTries = 100;

/** What test sets accept. */
export interface TestSetOptions {
  /** Whether the items carry their labels. Default false. */
  withLabels?: boolean;
  /** The first step to apply, one for all pipelines or one each. Default: the first that takes the items. */
  rmTypeTfms?: number | readonly (number | undefined)[];
}

/** The option names of `TestSetOptions`. */
export const testSetOptionNames = ["withLabels", "rmTypeTfms"];

/** The classes a step takes; classes read from a file are known by name. */
export type StepTypes = readonly (Class | string)[];

type Fields = {
  items: readonly unknown[];
  tfms: Pipeline;
  splits: number[][] | null;
  types: readonly StepTypes[];
};

/** The name of a class, or the name itself. */
export function typeName(cls: Class | string): string {
  return typeof cls === "string" ? cls : cls.name;
}

function isType(x: unknown, cls: Class | string): boolean {
  if (typeof cls !== "string") return isOf(x, cls);
  for (let c: unknown = classOf(x); typeof c === "function"; c = Object.getPrototypeOf(c))
    if (c.name === cls) return true;
  return false;
}

function pipelineOf(tfms: Transforms | Pipeline, splitIdx: SplitIdx): Pipeline {
  if (tfms instanceof Pipeline) return new Pipeline(tfms, { splitIdx });
  // A raw item is never a tuple, so a function that stands first gets it whole.
  const steps = transformList(tfms).map((tfm, i) => asTransform(tfm, { whole: i === 0 }));
  return new Pipeline(steps, { splitIdx });
}

/**
 * A list whose items pass a pipeline each time they are asked for.
 *
 * @example
 * const tls = await TfmdLists.create(["a", "b", "a"], [new Categorize()], { splits: [[0, 1], [2]] });
 * await tls.get(2);   // TensorCategory 0
 */
export class TfmdLists implements IndexedDataset {
  readonly items: readonly unknown[];
  readonly tfms: Pipeline;
  /** The classes of the item before each step, and after the last. */
  types: readonly StepTypes[];
  // Null as long as everything is training and nobody has asked for the positions.
  #splits: number[][] | null;

  /** Use `TfmdLists.create`, which also sets the transforms up. */
  constructor(fields: Fields) {
    this.items = fields.items;
    this.tfms = fields.tfms;
    this.#splits = fields.splits;
    this.types = fields.types;
  }

  /** The subsets as positions. */
  get splits(): number[][] {
    this.#splits ??= normalizeSplits(null, this.items.length);
    return this.#splits;
  }

  /** Wraps the items and sets the transforms up, step by step, on the training subset. Source: DCO-9, FND-20. */
  static async create(
    items: unknown,
    tfms: Transforms | Pipeline | TfmdLists,
    options: TfmdListsOptions = {},
  ): Promise<TfmdLists> {
    checkOptions("TfmdLists.create", options, optionNames);
    const list = itemsOf(items);
    const given = tfms instanceof TfmdLists ? tfms.tfms : tfms;
    const made = new TfmdLists({
      items: list,
      tfms: pipelineOf(given, options.splitIdx ?? null),
      splits: normalizeSplits(options.splits, list.length),
      types: [],
    });
    if (options.doSetup ?? !(given instanceof Pipeline)) await made.setup({ trainSetup: options.trainSetup ?? true });
    return made;
  }

  /**
   * Sets the transforms up and notes the classes of an item at each step: the first training item, or the next one where
   * a file cannot be read, since loaders may leave it out.
   */
  async setup(options: { trainSetup?: boolean } = {}): Promise<void> {
    await this.tfms.setup(this, { trainSetup: options.trainSetup ?? true });
    if (this.items.length === 0) return;
    const idxs = this.splits[0]?.length ? this.splits[0] : [0];
    for (const [tried, i] of idxs.entries()) {
      try {
        this.types = await this.typesOf(this.items[i]);
        return;
      } catch (error) {
        if (!(isUnreadable(error) || isSkip(error)) || tried + 1 === Math.min(idxs.length, unreadableTries))
          throw error;
      }
    }
  }

  private async typesOf(item: unknown): Promise<StepTypes[]> {
    const types: StepTypes[] = [];
    let x = item;
    for (const tfm of this.tfms.fs) {
      types.push(tfm.inputTypes ?? [classOf(x)]);
      try {
        x = await tfm.encode(x, { splitIdx: this.splitIdx });
      } catch (error) {
        const message = `TfmdLists: ${tfm.name} failed on ${itemName(item)}: ${messageOf(error)}`;
        throw new DataError(message, { item: itemName(item), stage: tfm.name, cause: error });
      }
    }
    return [...types, [classOf(x)]];
  }

  get length(): number {
    return this.items.length;
  }

  get splitIdx(): SplitIdx {
    return this.tfms.splitIdx;
  }

  /** Subsets there are. */
  get nSubsets(): number {
    return this.splits.length;
  }

  /** The item at a position, transformed. Throws `DataError` outside the list. */
  get(i: number, info: CallInfo = {}): MaybePromise<unknown> {
    if (!Number.isInteger(i) || i < 0 || i >= this.items.length) {
      throw new DataError(`TfmdLists.get: expected a position below ${this.items.length}, got ${i}.`);
    }
    return this.tfms.encode(this.items[i], info);
  }

  /** The items at several positions, or where a mask is true, one after the other. Source: DCO-10. */
  getMany(where: Split): Promise<unknown[]> {
    return getMany(this, where);
  }

  /** The item at a position, transformed and undone again. Source: DCO-12. */
  async decodeAt(i: number, options: { full?: boolean } = {}): Promise<unknown> {
    return this.decode(await this.get(i), options);
  }

  /** Draws the item at a position. Source: DCO-9, DCO-12. */
  async show(i: number): Promise<Figure> {
    return this.tfms.show(await this.get(i));
  }

  /** Goes through the transformed items, one at a time. */
  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
    for (let i = 0; i < this.length; i++) yield await this.get(i);
  }

  /** Undoes the pipeline. `full: false` stops as soon as the value can be shown. */
  decode(x: unknown, options: { full?: boolean } = {}): MaybePromise<unknown> {
    return this.tfms.decode(x, options);
  }

  /** The items of one split, sharing the pipeline's set-up. */
  subset(i: number): TfmdLists {
    return this.withItems(this.itemsOfSplit(i), i);
  }

  /** The raw items of one split. */
  itemsOfSplit(i: number): unknown[] {
    const split = this.splits[i];
    if (!split) throw new RangeError(`TfmdLists.subset: expected a subset below ${this.nSubsets}, got ${i}.`);
    return split.map((at) => this.items[at]);
  }

  /** The training items. */
  get train(): TfmdLists {
    return this.subset(0);
  }

  /** The validation items. */
  get valid(): TfmdLists {
    return this.subset(1);
  }

  /** Makes the transforms behave as on another split until the returned function is called. Source: DCO-10. */
  setSplitIdx(splitIdx: SplitIdx): () => void {
    const { tfms } = this;
    const old = tfms.splitIdx;
    tfms.splitIdx = splitIdx;
    return () => {
      tfms.splitIdx = old;
    };
  }

  /** Other items through the same transforms, which are not set up again. */
  withItems(items: readonly unknown[], splitIdx: SplitIdx = this.splitIdx): TfmdLists {
    const pipeline = new Pipeline(this.tfms, { splitIdx });
    return new TfmdLists({ items, tfms: pipeline, splits: null, types: this.types });
  }

  /** No items, the same transforms. */
  newEmpty(): TfmdLists {
    return this.withItems([]);
  }

  /** Positions that are in several splits. */
  overlappingSplits(): number[] {
    return overlappingSplits(this.splits);
  }

  /** The first step that takes values like `x`; the number of steps when `x` looks finished. Source: DCO-9, DCO-11. */
  inferIdx(x: unknown): number {
    const at = this.types.findIndex((classes) => classes.some((cls) => isType(x, cls)));
    if (at >= 0) return at;
    const names = [...new Set(this.types.flat().map(typeName))].join(", ");
    throw new DataError(
      `TfmdLists.inferIdx: expected a value of one of ${names || "no known classes"}, got ${brief(x)}.`,
    );
  }

  /** Passes `x` through the steps from the first that takes it. */
  infer(x: unknown): MaybePromise<unknown> {
    return composeTfms(x, this.tfms.fs.slice(this.inferIdx(x)), { splitIdx: this.splitIdx });
  }

  /** The list of test items: validation transforms, from the first that takes them. Source: DCO-11. */
  testSet(items: unknown, options: TestSetOptions = {}): TfmdLists {
    checkOptions("TfmdLists.testSet", options, testSetOptionNames);
    const all = itemsOf(items);
    const { rmTypeTfms } = options;
    const list = this.withItems(all, 1);
    const start = typeof rmTypeTfms === "object" ? rmTypeTfms[0] : rmTypeTfms;
    list.tfms.fs = list.tfms.fs.slice(start ?? (all.length > 0 ? this.inferIdx(all[0]) : 0));
    return list;
  }

  /** All values the steps have under a name, such as `vocab`. Source: FND-7. */
  gather(name: string): unknown[] {
    return this.tfms.gather(name);
  }

  /** The raw item's name in error messages. */
  itemName(i: number): string {
    return itemName(this.items[i]);
  }

  /** Loaders over the subsets. */
  dataLoaders(options: DataLoadersOptions = {}): DataLoaders {
    return DataLoaders.fromDsets(
      Array.from({ length: this.nSubsets }, (_, i) => this.subset(i)),
      options,
    );
  }

  toString(): string {
    return `TfmdLists: ${this.length} items\ntfms - ${this.tfms}`;
  }
}
