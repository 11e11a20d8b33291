/** A loader with pipelines for items and batches, which it can undo and draw. Source: DCO-1 … DCO-6. */
import type { Figure } from "../show/index.js";
import { checkOptions, type Device, noGrad, scope, type Tensor } from "../torch/index.js";
import { batchToSamples, retainTypes, type TypeTree, typeTree } from "./batch-types.js";
import type { CallInfo, SplitIdx } from "./call-info.js";
import { DataLoader } from "./data-loader.js";
import type { DatasetLike } from "./dataset.js";
import { drawSeed } from "./draw-seed.js";
import { Epoch, ItemCall } from "./epoch.js";
import { becauseOf, DataError, stageOf } from "./errors.js";
import { type DataLoaderOptions, settingNames } from "./loader-hooks.js";
import { andThen, type MaybePromise } from "./maybe-promise.js";
import { disposeTensors, toDevice } from "./nested.js";
import { Pipeline } from "./pipeline.js";
import { type Sample, type ShowOptions, showBatch, showResults, single } from "./show-samples.js";
import { leavesOut } from "./skipped.js";
import type { Transforms } from "./transform.js";
import { asTuple, isTuple } from "./tuple.js";

/** The events at which a TfmdDL runs a pipeline. */
export type BatchEvent = "afterItem" | "beforeBatch" | "afterBatch";
/** Those events, in the order they come. */
export const batchEvents = ["afterItem", "beforeBatch", "afterBatch"] as const;

/** Settings of a TfmdDL: a loader's, with pipelines at three events. */
export interface TfmdDLOptions<B = Tensor[]> extends Omit<DataLoaderOptions<unknown, B>, BatchEvent> {
  /** Steps for each item. */
  afterItem?: Transforms | Pipeline;
  /** Steps for the list of items of a batch. */
  beforeBatch?: Transforms | Pipeline;
  /** Steps for each batch, on the device. */
  afterBatch?: Transforms | Pipeline;
  /** Whether the pipelines are set up with the loader before its first use. Default true. */
  doSetup?: boolean;
}

/** What a TfmdDL uses of a dataset, where it offers it. */
interface DatasetParts {
  readonly nInp?: number;
  readonly splitIdx?: SplitIdx;
  decode?(x: unknown, options?: { full?: boolean }): MaybePromise<unknown>;
  gather?(name: string): unknown[];
}

/** The pieces a batch is drawn from. */
export interface ShowParts {
  readonly x: unknown;
  readonly y: unknown;
  readonly samples: readonly Sample[];
}

/**
 * A `DataLoader` whose `afterItem`, `beforeBatch` and `afterBatch` are pipelines. They are set up with the loader itself
 * before its first use, in that order, so that Normalize can draw a batch. Source: DCO-1.
 *
 * @example
 * const dl = new TfmdDL(dsets.train, { bs: 64, shuffle: true, afterItem: [new ToTensor()], afterBatch: [new IntToFloatTensor()] });
 */
export class TfmdDL<B = Tensor[]> extends DataLoader<unknown, B> {
  /** The pipelines by event. */
  readonly pipelines: Readonly<Record<BatchEvent, Pipeline>>;
  /** The classes of a batch's members, once one was made. */
  types?: TypeTree;
  private setUp: Promise<void> | null;
  /** The loader this one shares its transforms with. */
  private origin?: TfmdDL<B>;

  constructor(dataset: DatasetLike | null, options: TfmdDLOptions<B> = {}) {
    const { afterItem, beforeBatch, afterBatch, doSetup = true, bs = 64, ...rest } = options;
    super(dataset, { ...rest, bs });
    this.pipelines = {
      afterItem: new Pipeline(afterItem),
      beforeBatch: new Pipeline(beforeBatch),
      afterBatch: new Pipeline(afterBatch),
    };
    if (this.device !== undefined) this.pipelines.afterBatch.to(this.device);
    this.setUp = doSetup ? null : Promise.resolve();
  }

  private get parts(): DatasetParts {
    return (this.dataset ?? {}) as DatasetParts;
  }

  /** Resolves when the pipelines are set up. */
  override ready(): Promise<void> {
    this.setUp ??= this.setupPipelines();
    return this.setUp;
  }

  private async setupPipelines(): Promise<void> {
    if (this.origin) {
      await this.origin.ready();
      return;
    }
    this.begin();
    // Set-up may draw batches from this loader, with the steps that are set up by then.
    const view: this = Object.create(this, { ready: { value: async () => {} } });
    for (const event of batchEvents) await this.pipelines[event].setup(view);
    if (this.device !== undefined) this.pipelines.afterBatch.to(this.device);
  }

  /** Source: DCO-2. */
  protected override begin(): void {
    for (const event of batchEvents) this.pipelines[event].splitIdx = this.parts.splitIdx ?? null;
  }

  override afterItem(item: unknown, info: CallInfo): MaybePromise<unknown> {
    return this.pipelines.afterItem.encode(item, info);
  }

  override beforeBatch(items: unknown[]): MaybePromise<unknown[]> {
    // Steps at this event map a list of items to a list of items.
    return this.pipelines.beforeBatch.encode(items, { whole: true }) as MaybePromise<unknown[]>;
  }

  override afterBatch(batch: B): MaybePromise<B> {
    const { afterBatch } = this.pipelines;
    const done = afterBatch.fs.length > 0 ? noGrad(() => scope(() => afterBatch.encode(batch))) : batch;
    return andThen(done, (out) => {
      this.types ??= typeTree(out);
      return out as B;
    });
  }

  override get wholeBatches(): boolean {
    const { afterItem, beforeBatch } = this.pipelines;
    return afterItem.fs.length === 0 && beforeBatch.fs.length === 0 && this.stagesAre(TfmdDL.prototype);
  }

  /** Members of a batch that are inputs: the dataset's number, else all but the last. */
  get nInp(): number {
    if (this.parts.nInp !== undefined) return this.parts.nInp;
    return Array.isArray(this.types) ? Math.max(1, this.types.length - 1) : 1;
  }

  /**
   * Passes one item, the first that is not left out, through every stage, to learn what batches are made of.
   * Throws `DataError` naming the item when a stage fails. Source: DCO-3.
   */
  async onePass(): Promise<TypeTree> {
    await this.ready();
    if (this.types) return this.types;
    this.begin();
    const epoch = new Epoch(this.seed ?? drawSeed());
    for (let i = 0; ; i++) {
      const call = new ItemCall(epoch, i);
      try {
        const batch = await this.finish(await this.doBatch([await this.doItem(this.indexed ? i : null, call)]));
        this.types = typeTree(batch);
        if (this.freshBatches) disposeTensors(batch);
        return this.types;
      } catch (error) {
        const item = this.itemName(i);
        if (i + 1 < (this.n ?? 0) && leavesOut(this.skipBroken, error, item)) continue;
        const message = `${this.constructor.name}: passing one item (${item}) through the loader failed${becauseOf(error)}`;
        throw new DataError(message, { item, stage: stageOf(error) ?? "onePass", cause: error });
      } finally {
        call.dispose();
      }
    }
  }

  /** Gives bare tensors their classes back and undoes `afterBatch`; the result is on the CPU. Source: DCO-4. */
  async decode(batch: unknown): Promise<unknown> {
    const types = this.types ?? (await this.onePass());
    const typed = retainTypes(batch, types);
    return toDevice(await noGrad(() => this.pipelines.afterBatch.decode(typed)), "cpu");
  }

  /** The items of a batch, decoded by every stage. `full: false` stops where an item can be shown. Source: DCO-4. */
  async decodeBatch(batch: unknown, options: { maxN?: number; full?: boolean } = {}): Promise<unknown[]> {
    checkOptions("decodeBatch", options, ["maxN", "full"]);
    return this.decodeSamples(await this.decode(batch), options);
  }

  private async decodeSamples(decoded: unknown, options: { maxN?: number; full?: boolean }): Promise<unknown[]> {
    const { maxN = 9, full = true } = options;
    const { beforeBatch, afterItem } = this.pipelines;
    const samples: unknown[] = [];
    for (const sample of batchToSamples(decoded, maxN)) {
      const item = await afterItem.decode(await beforeBatch.decode(sample));
      samples.push(this.parts.decode ? await this.parts.decode(item, { full }) : item);
    }
    return samples;
  }

  /** What a batch is drawn from: decoded inputs and targets, and the decoded samples. Source: DCO-5. */
  async showParts(batch: unknown, options: { maxN?: number } = {}): Promise<ShowParts> {
    const decoded = await this.decode(batch);
    const samples = await this.decodeSamples(decoded, { maxN: options.maxN ?? 9, full: false });
    const members = isTuple(decoded) ? decoded : [decoded];
    return {
      x: single(members.slice(0, this.nInp)),
      y: single(members.slice(this.nInp)),
      samples: samples.map((sample) => (isTuple(sample) ? sample : [sample])),
    };
  }

  /**
   * Draws a batch, by default the next one. `unique` shows one item as random transforms vary it. Source: DCO-5.
   * Which picture is made is up to the rules of `showBatch`.
   */
  async showBatch(options: ShowOptions & { batch?: B; unique?: boolean } = {}): Promise<Figure> {
    const { batch, unique = false, ...show } = options;
    const maxN = show.maxN ?? 9;
    const source: this = unique
      ? Object.create(this, { getIdxs: { value: () => new Array(this.bs ?? maxN).fill(0) } })
      : this;
    const drawn = batch ?? (await source.oneBatch());
    const { x, y, samples } = await this.showParts(drawn, { maxN });
    const figure = await showBatch(x, y, samples, { ...show, maxN, nInp: this.nInp });
    if (batch === undefined && this.freshBatches) disposeTensors(drawn);
    return figure;
  }

  /** Draws a batch beside what a model made of it (decoded predictions, as `lossFunc.decodes` gives them). Source: DCO-6. */
  async showResults(batch: readonly unknown[], out: unknown, options: ShowOptions = {}): Promise<Figure> {
    const maxN = options.maxN ?? 9;
    const truth = await this.showParts(batch, { maxN });
    const outMembers = isTuple(out) ? out : [out];
    const predicted = await this.showParts(asTuple([...batch.slice(0, this.nInp), ...outMembers]), { maxN });
    const outs = predicted.samples.map((sample) => sample.slice(this.nInp));
    return showResults(truth.x, truth.y, truth.samples, outs, { ...options, maxN, nInp: this.nInp });
  }

  /** All values the dataset's transforms, else the pipelines, have under a name. Source: FND-7. */
  gather(name: string): unknown[] {
    const found = this.parts.gather?.(name) ?? [];
    return found.length > 0 ? found : batchEvents.flatMap((event) => this.pipelines[event].gather(name));
  }

  /** A loader with the same settings and transforms, set up already, over another dataset. Source: DLD-10. */
  override new(dataset: DatasetLike | null = this.dataset, options: TfmdDLOptions<B> = {}): this {
    const Class = this.constructor as new (dataset: DatasetLike | null, options: TfmdDLOptions<B>) => this;
    const steps = Object.fromEntries(batchEvents.map((event) => [event, this.pipelines[event].all]));
    const copy = new Class(dataset, { ...this.settings(dataset), ...this.hooks, ...steps, ...options });
    if (this.types) copy.types = this.types;
    if (options.doSetup === undefined && !batchEvents.some((event) => options[event] !== undefined)) copy.origin = this;
    return copy;
  }

  /** Sends batches, and the tensors of `afterBatch`, to the device from now on. Source: DLD-12. */
  override to(device: Device): this {
    this.pipelines.afterBatch.to(device);
    return super.to(device);
  }
}

/** The option names of a TfmdDL. */
export const tfmdDLOptionNames: readonly string[] = [...settingNames, ...batchEvents, "doSetup"];
