/** The loaders a learner trains and validates with. Source: DCO-7. */

import type { Figure } from "../show/index.js";
import type { Device, Spec } from "../torch/index.js";
import { DataLoader } from "./data-loader.js";
import type { DatasetLike } from "./dataset.js";
import { defaultDevice } from "./default-device.js";
import { DataError } from "./errors.js";
import { firstOf } from "./first-of.js";
import { type DataLoadersOptions, loadersOf } from "./loaders-of.js";
import { type LoadersSpec, loadersSpec } from "./loaders-spec.js";
import type { LossLike } from "./loss-like.js";
import type { ShowOptions } from "./show-samples.js";
import { type BatchEvent, TfmdDL, type TfmdDLOptions } from "./tfmd-dl.js";
import type { TestSetOptions } from "./tfmd-lists.js";
import { type Transforms, transformList } from "./transform.js";

/** Anything that yields batches. */
export type Loader = (AsyncIterable<unknown> | Iterable<unknown>) & { readonly length?: number };

/** The names of a category, in the order of their numbers. */
export type Vocab = readonly (string | number | boolean)[];

/**
 * Loaders by index: 0 training, 1 validation. Anything that yields `[x, y]` will do; with fastai-ts' own loaders it also
 * knows the vocab, draws batches and makes test loaders.
 *
 * @example
 * const data = new DataLoaders(trainLoader, validLoader);
 */
export class DataLoaders<L extends Loader = TfmdDL> {
  /** All loaders. */
  readonly loaders: L[];
  /** Where a learner saves what belongs to this data. Default ".". */
  path = ".";

  constructor(...loaders: L[]) {
    this.loaders = loaders;
  }

  /**
   * One loader for each dataset. Training (the first) is shuffled and drops its incomplete last batch; the others do
   * neither and share its transforms. Batches of 64, on the default device. Source: DCO-7, DCO-8.
   *
   * @example
   * const dls = DataLoaders.fromDsets([trainSet, validSet], { bs: 32, afterItem: [new ToTensor()] });
   */
  static fromDsets(dsets: readonly DatasetLike[], options: DataLoadersOptions = {}): DataLoaders {
    const dls = new DataLoaders(...loadersOf(dsets, options));
    if (options.path !== undefined) dls.path = options.path;
    return dls;
  }

  /** The training loader. */
  get train(): L {
    const train = this.loaders[0];
    if (!train) throw new DataError("DataLoaders.train: expected at least one loader, got none.");
    return train;
  }

  set train(dl: L) {
    this.loaders[0] = dl;
  }

  /** The validation loader; undefined when there is only one. */
  get valid(): L {
    // Nearly all users have two loaders; asking them to prove it each time helps nobody.
    return this.loaders[1] as L;
  }

  set valid(dl: L) {
    this.loaders[1] = dl;
  }

  /** The training dataset. */
  get trainDs(): L extends { dataset: infer D } ? D : unknown {
    return datasetOf(this.train) as L extends { dataset: infer D } ? D : unknown;
  }

  /** The validation dataset. */
  get validDs(): L extends { dataset: infer D } ? D : unknown {
    return datasetOf(this.valid) as L extends { dataset: infer D } ? D : unknown;
  }

  /** Loaders there are. */
  get length(): number {
    return this.loaders.length;
  }

  /** Where batches are sent; undefined when nobody said. */
  get device(): Device | undefined {
    return this.train instanceof DataLoader ? this.train.device : undefined;
  }

  /** All values the training data's transforms have under a name. Source: FND-7. */
  gather(name: string): unknown[] {
    const train: unknown = this.train;
    if (train instanceof TfmdDL) return train.gather(name);
    const sources = [train, datasetOf(train)] as (Record<string, unknown> | null)[];
    const found = sources.map((source) => source?.[name]).find((value) => value !== undefined && value !== null);
    return found === undefined ? [] : [found];
  }

  /** The names of the categories: one list, or one for each target that has some; undefined without. */
  get vocab(): Vocab | Vocab[] | undefined {
    const found = this.gather("vocab") as Vocab[];
    return found.length > 1 ? found : found[0];
  }

  /** The number of classes or values that a model should put out, if the targets know. */
  get c(): number | undefined {
    return this.gather("c").find((c): c is number => typeof c === "number" && c > 0);
  }

  /** The loss that fits the targets, if they know it. */
  get lossFunc(): LossLike | undefined {
    return this.gather("lossFunc")[0] as LossLike | undefined;
  }

  /** How many members of a batch are inputs; undefined when the loaders do not know. */
  get nInp(): number | undefined {
    return (this.train as { nInp?: number }).nInp;
  }

  /** The first training batch. Throws `DataError` when there is none. */
  async oneBatch(): Promise<L extends { oneBatch(): Promise<infer B> } ? B : unknown> {
    return firstOf(this.train) as Promise<L extends { oneBatch(): Promise<infer B> } ? B : unknown>;
  }

  /** Draws a training batch. Source: DCO-5. */
  showBatch(options: ShowOptions & { unique?: boolean } = {}): Promise<Figure> {
    return this.tfmd("showBatch", this.train).showBatch(options);
  }

  /** Sends batches, and the transforms of `afterBatch`, to the device from now on. */
  to(device: Device): this {
    for (const dl of this.loaders) if (dl instanceof DataLoader) dl.to(device);
    return this;
  }

  /** Sends batches to the first GPU if there is one. */
  cuda(): this {
    return this.to(defaultDevice());
  }

  /** Sends batches to the CPU. */
  cpu(): this {
    return this.to("cpu");
  }

  /** Adds steps at an event, in all loaders or in those of the given indices. They are not set up. */
  addTfms(tfms: Transforms, event: BatchEvent, loaders: readonly number[] = this.loaders.map((_, i) => i)): void {
    for (const i of loaders) {
      const { pipelines, device } = this.tfmd("addTfms", this.loaders[i]);
      pipelines[event].add(transformList(tfms));
      if (event === "afterBatch" && device !== undefined) pipelines[event].to(device);
    }
  }

  /**
   * A loader over new items with the validation transforms; each pipeline starts at the first step that takes the items.
   * Loader settings such as `bs` may be given along. Source: DCO-11.
   */
  async testDl(items: unknown, options: TestSetOptions & TfmdDLOptions = {}): Promise<TfmdDL> {
    const { withLabels, rmTypeTfms, ...settings } = options;
    const valid = this.tfmd("testDl", this.valid ?? this.train);
    await valid.ready();
    const given = Object.entries({ withLabels, rmTypeTfms }).filter(([, value]) => value !== undefined);
    const { testSet } = (valid.dataset ?? {}) as {
      testSet?: (items: unknown, options: TestSetOptions) => TfmdDL["dataset"];
    };
    const dataset = testSet
      ? testSet.call(valid.dataset, items, Object.fromEntries(given))
      : (items as TfmdDL["dataset"]);
    return valid.new(dataset, { shuffle: false, dropLast: false, ...settings });
  }

  /** The same transforms over no items. */
  newEmpty(): DataLoaders {
    const loaders = this.loaders.map((dl) => {
      const { dataset } = this.tfmd("newEmpty", dl);
      const { newEmpty } = (dataset ?? {}) as { newEmpty?: () => TfmdDL["dataset"] };
      return this.tfmd("newEmpty", dl).new(newEmpty ? newEmpty.call(dataset) : []);
    });
    const empty = new DataLoaders(...loaders);
    empty.path = this.path;
    return empty;
  }

  /**
   * What an exported learner keeps of the data: transforms and settings, no items. `loadersFromSpec` reads it; kinds of
   * loaders that are registered give their own description.
   */
  async toSpec(): Promise<LoadersSpec | Spec> {
    const dl = this.tfmd("toSpec", this.valid ?? this.train);
    if (dl.n) await dl.onePass();
    return loadersSpec(dl);
  }

  private tfmd(where: string, dl: unknown): TfmdDL {
    if (dl instanceof TfmdDL) return dl;
    const got = dl === undefined ? "none" : (dl as object).constructor.name;
    throw new DataError(
      `DataLoaders.${where}: expected a TfmdDL, got ${got}. Make the loaders with a DataBlock or Datasets.`,
    );
  }
}

function datasetOf(dl: unknown): unknown {
  return (dl as { dataset?: unknown } | undefined)?.dataset;
}
