/** Several pipelines over the same items: each item is a tuple. Source: DCO-10. */
import type { Figure } from "../show/index.js";
import { checkOptions } from "../torch/index.js";
import type { CallInfo, SplitIdx } from "./call-info.js";
import { DataLoaders } from "./data-loaders.js";
import { type IndexedDataset, itemsOf } from "./dataset.js";
import type { DataLoadersOptions } from "./loaders-of.js";
import { andThen, type MaybePromise, mapAll } from "./maybe-promise.js";
import type { Pipeline } from "./pipeline.js";
import { showSamples } from "./show-samples.js";
import { getMany, type Split } from "./subsets.js";
import { type TestSetOptions, TfmdLists, type TfmdListsOptions, testSetOptionNames } from "./tfmd-lists.js";
import type { Transforms } from "./transform.js";
import { asTuple } from "./tuple.js";

/** Settings of Datasets. */
export interface DatasetsOptions extends TfmdListsOptions {
  /** Members of the tuple that are inputs. Default: all but the last, at least 1. */
  nInp?: number;
}

const optionNames = ["splits", "doSetup", "trainSetup", "splitIdx", "nInp"];

/**
 * One pipeline for each member of the tuples it makes.
 *
 * @example
 * const dsets = await Datasets.create(files, [[RgbImage.open], [parentLabel, new Categorize()]], { splits });
 * const [image, label] = await dsets.get(0);
 */
export class Datasets implements IndexedDataset<unknown[]> {
  /** Members of the tuple that are inputs. */
  readonly nInp: number;

  /** Use `Datasets.create`, which also sets the transforms up. */
  constructor(
    readonly tls: readonly TfmdLists[],
    options: { nInp?: number } = {},
  ) {
    this.nInp = options.nInp ?? Math.max(1, tls.length - 1);
  }

  /** Makes one list per pipeline and sets them up on the training subset. */
  static async create(
    items: unknown,
    tfms: readonly (Transforms | Pipeline)[] = [null],
    options: DatasetsOptions = {},
  ): Promise<Datasets> {
    checkOptions("Datasets.create", options, optionNames);
    if (!Array.isArray(tfms)) {
      throw new TypeError(
        "Datasets.create: expected a list of pipelines, one for each member. Give e.g. [[open], [label]].",
      );
    }
    const { nInp, ...rest } = options;
    const list = itemsOf(items);
    const splits = rest.splits ? [...rest.splits] : null;
    const tls: TfmdLists[] = [];
    for (const pipeline of tfms) tls.push(await TfmdLists.create(list, pipeline, { ...rest, splits }));
    return new Datasets(tls, nInp === undefined ? {} : { nInp });
  }

  private get first(): TfmdLists {
    const tl = this.tls[0];
    if (!tl) throw new TypeError("Datasets: expected at least one pipeline, got none.");
    return tl;
  }

  get length(): number {
    return this.first.length;
  }

  /** The raw items. */
  get items(): readonly unknown[] {
    return this.first.items;
  }

  /** The subsets as positions. */
  get splits(): number[][] {
    return this.first.splits;
  }

  get splitIdx(): SplitIdx {
    return this.first.splitIdx;
  }

  /** Subsets there are. */
  get nSubsets(): number {
    return this.first.nSubsets;
  }

  /** The tuple at a position. */
  get(i: number, info: CallInfo = {}): MaybePromise<unknown[]> {
    return andThen(
      mapAll(this.tls, (tl) => tl.get(i, info)),
      asTuple,
    );
  }

  /** Goes through the tuples, one at a time. */
  async *[Symbol.asyncIterator](): AsyncGenerator<unknown[]> {
    for (let i = 0; i < this.length; i++) yield await this.get(i);
  }

  /** Undoes each member's pipeline. A shorter tuple is decoded as far as it goes. */
  decode(x: readonly unknown[], options: { full?: boolean } = {}): MaybePromise<unknown[]> {
    return andThen(
      mapAll(x, (part, i) => this.tls[i]?.decode(part, options) ?? part),
      asTuple,
    );
  }

  /** The tuples at several positions, or where a mask is true, one after the other. Source: DCO-10. */
  getMany(where: Split): Promise<unknown[][]> {
    return getMany(this, where);
  }

  /** The tuple at a position, transformed and undone again. Source: DCO-12. */
  async decodeAt(i: number, options: { full?: boolean } = {}): Promise<unknown[]> {
    return this.decode(await this.get(i), options);
  }

  /** Draws the item at a position. Source: DCO-12. */
  async show(i: number): Promise<Figure> {
    return showSamples([await this.decodeAt(i, { full: false })], { nInp: this.nInp, maxN: 1 });
  }

  /** The tuples of one split. */
  subset(i: number): Datasets {
    const items = this.first.itemsOfSplit(i); // one list for all members
    return new Datasets(
      this.tls.map((tl) => tl.withItems(items, i)),
      { nInp: this.nInp },
    );
  }

  /** The training tuples. */
  get train(): Datasets {
    return this.subset(0);
  }

  /** The validation tuples. */
  get valid(): Datasets {
    return this.subset(1);
  }

  /** No items, the same transforms. */
  newEmpty(): Datasets {
    return new Datasets(
      this.tls.map((tl) => tl.newEmpty()),
      { nInp: this.nInp },
    );
  }

  /** Positions that are in several splits. */
  overlappingSplits(): number[] {
    return this.first.overlappingSplits();
  }

  /** Makes the transforms behave as on another split until the returned function is called. Source: DCO-10. */
  setSplitIdx(splitIdx: SplitIdx): () => void {
    const undos = this.tls.map((tl) => tl.setSplitIdx(splitIdx));
    return () => {
      for (const undo of undos) undo();
    };
  }

  /** The set of test items under the validation transforms; without labels only the input pipelines. Source: DCO-11. */
  testSet(items: unknown, options: TestSetOptions = {}): Datasets {
    checkOptions("Datasets.testSet", options, testSetOptionNames);
    const { withLabels = false, rmTypeTfms } = options;
    const tls = withLabels ? this.tls : this.tls.slice(0, this.nInp);
    return new Datasets(
      tls.map((tl, i) =>
        tl.testSet(items, { rmTypeTfms: typeof rmTypeTfms === "object" ? rmTypeTfms[i] : rmTypeTfms }),
      ),
      { nInp: this.nInp },
    );
  }

  /** All values the steps of all pipelines have under a name, such as `vocab`. Source: FND-7. */
  gather(name: string): unknown[] {
    return this.tls.flatMap((tl) => tl.gather(name));
  }

  /** The raw item's name in error messages. */
  itemName(i: number): string {
    return this.first.itemName(i);
  }

  /** Loaders over the subsets: training shuffled and without its incomplete last batch. Source: DCO-8. */
  dataLoaders(options: DataLoadersOptions = {}): DataLoaders {
    return DataLoaders.fromDsets(
      Array.from({ length: this.nSubsets }, (_, i) => this.subset(i)),
      options,
    );
  }

  toString(): string {
    return `Datasets: ${this.length} items\n${this.tls.map((tl) => `  ${tl.tfms}`).join("\n")}`;
  }
}

/** The set of test items under the validation transforms. Source: DCO-11. */
export function testSet<T extends Datasets | TfmdLists>(dsets: T, items: unknown, options: TestSetOptions = {}): T {
  // Both classes answer with their own kind.
  return dsets.testSet(items, options) as T;
}
