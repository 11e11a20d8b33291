import { resolve } from "node:path";
import { trainableParams } from "../layers/index.js";
import { Adam, type BaseOptimizer, type HyperValue } from "../optimizer/index.js";
import { checkOptions, OptionError, type Tensor } from "../torch/index.js";
import { type Callback, type CallbackLike, type Callbacks, callbackList } from "./callback.js";
import { createOpt } from "./create-opt.js";
import { HandlerTable, sortedCallbacks } from "./handler-table.js";
import { type LearnerOptions, learnerOptionKeys } from "./learner-options.js";
import { inferLoss } from "./loaders.js";
import { type Metric, type MetricLike, metricList } from "./metric.js";
import { Recorder } from "./recorder.js";
import type { Batch, Batches, DataSource, Logger, LossFunc, Model, OptFunc, Splitter } from "./types.js";
import { unreducedLoss } from "./unreduced-loss.js";

type MaybeAsync<T> = T | Promise<T>;

/** What a learner is made of and where it stands: everything that callbacks read and write. Source: LRN-9, LRN-10. */
export abstract class LearnerState<D extends DataSource = DataSource> {
  /** The data; another may be put in its place between fits. */
  dls: D;
  model: Model;
  lossFunc: LossFunc;
  optFunc: OptFunc;
  lr: HyperValue;
  splitter: Splitter;
  wd: number | undefined;
  wdBnBias: boolean;
  trainBn: boolean;
  moms: readonly [number, number, number];
  path: string;
  modelDir: string;

  /** The optimizer; made by the first fit, freeze or load. */
  opt: BaseOptimizer | null = null;
  /** The callbacks, as they were added. Change them with `addCbs` and `removeCbs`. */
  readonly cbs: Callback[] = [];
  /** Whether a fit is going on, rather than a validation of its own or nothing. */
  fitting = false;
  /** Whether the current phase is training. */
  training = false;
  /** The current epoch, and how many there are. */
  epoch = 0;
  nEpoch = 1;
  /** The current batch in its phase, how many there are (NaN if unknown), and how many training batches are done. */
  iter = 0;
  nIter = 0;
  trainIter = 0;
  /** How much of the fit is done at the start of this batch, 0..1. */
  pctTrain = 0;
  /** The loader of the current phase. */
  dl: Batches | null = null;
  /** Inputs, targets, prediction of the current batch. */
  xb: Tensor[] = [];
  yb: Tensor[] = [];
  /** Losses and metrics of the last epoch, as in the epoch table without epoch and time. */
  finalRecord: (number | null)[] = [];
  /** Receives the rows of the epoch table. */
  logger: Logger = (row) => console.log(row.map((cell) => (cell === null ? "" : String(cell))).join("  "));
  /** Whether a fit may draw a progress bar. */
  createMbar = true;
  #metrics: Metric[] = [];
  /** What the current batch has got to, and the last loss. */
  protected readonly current: { pred: Tensor | null; loss: Tensor | null; lossGrad: Tensor | null } = {
    pred: null,
    loss: null,
    lossGrad: null,
  };
  /** Who listens to which event. */
  protected table = new HandlerTable([]);

  constructor(dls: D, model: Model, options: LearnerOptions = {}) {
    checkOptions("Learner", options, learnerOptionKeys);
    this.dls = dls;
    this.model = model;
    this.lossFunc = options.lossFunc ?? inferLoss(dls);
    this.optFunc = options.optFunc ?? Adam;
    this.lr = options.lr ?? 1e-3;
    this.splitter = options.splitter ?? trainableParams;
    this.wd = options.wd;
    this.wdBnBias = options.wdBnBias ?? false;
    this.trainBn = options.trainBn ?? true;
    this.moms = options.moms ?? [0.95, 0.85, 0.95];
    this.path = options.path ?? dls.path ?? ".";
    this.modelDir = options.modelDir ?? "models";
    this.metrics = options.metrics ?? [];
    this.addCbs([...(options.defaultCbs === false ? [] : this.defaultCallbacks()), ...callbackList(options.cbs)]);
  }

  /** The callbacks a learner starts with; the public `Learner` names them. */
  protected defaultCallbacks(): readonly CallbackLike[] {
    return [];
  }

  /** The metrics; functions become averages, classes instances. */
  get metrics(): Metric[] {
    return this.#metrics;
  }
  set metrics(metrics: MetricLike | readonly MetricLike[]) {
    this.#metrics = metricList(metrics);
  }

  /** Whether rows of the epoch table go nowhere. */
  get quiet(): boolean {
    return this.logger === silent;
  }

  /** The callbacks in the order in which they run. */
  get sortedCbs(): Callback[] {
    return sortedCallbacks(this.cbs);
  }

  /** Whether there is a Recorder among the callbacks. */
  get hasRecorder(): boolean {
    return this.cbs.some((cb) => cb instanceof Recorder);
  }

  /** Losses, learning rates and epoch values of the last fit. Throws when the learner has no Recorder. */
  get recorder(): Recorder {
    const recorder = this.cbs.find((cb) => cb instanceof Recorder);
    if (recorder) return recorder;
    throw new OptionError(
      "learn.recorder: expected a Recorder among the callbacks, but there is none. Add new Recorder().",
    );
  }

  /** The smoothed training loss so far; reads it from the device. */
  get smoothLoss(): number {
    return this.recorder.smoothLoss;
  }

  /** The model's output for the current batch. Throws outside of one. */
  get pred(): Tensor {
    return inBatch(this.current.pred, "pred");
  }
  set pred(pred: Tensor) {
    this.current.pred = pred;
  }
  /** Whether the current batch has a prediction. */
  get hasPred(): boolean {
    return this.current.pred !== null;
  }

  /** Whether the current batch has a loss. */
  get hasLoss(): boolean {
    return this.current.loss !== null;
  }

  /** The loss of the current batch as it is recorded: a copy without gradient. Throws before the first one. */
  get loss(): Tensor {
    return inBatch(this.current.loss, "loss");
  }
  set loss(loss: Tensor) {
    this.current.loss = loss;
  }

  /** The loss that is back-propagated; callbacks may put another in its place. */
  get lossGrad(): Tensor {
    return inBatch(this.current.lossGrad, "lossGrad");
  }
  set lossGrad(loss: Tensor) {
    this.current.lossGrad = loss;
  }

  /** The input of the batch: the tensor, or the list when there are several. */
  get x(): Tensor | Tensor[] {
    return single(this.xb);
  }
  /** The target of the batch: the tensor, or the list when there are several. */
  get y(): Tensor | Tensor[] {
    return single(this.yb);
  }

  /** Adds callbacks for good. */
  addCbs(cbs: Callbacks): this {
    this.cbs.push(...callbackList(cbs));
    this.table = new HandlerTable(this.cbs);
    return this;
  }

  /** Removes callbacks: these objects, or every instance of these classes. */
  removeCbs(cbs: Callbacks): this {
    const list = cbs === undefined ? [] : Array.isArray(cbs) ? (cbs as readonly CallbackLike[]) : [cbs as CallbackLike];
    const goes = (cb: Callback): boolean => list.some((o) => (typeof o === "function" ? cb instanceof o : cb === o));
    const stays = this.cbs.filter((cb) => !goes(cb));
    this.cbs.splice(0, this.cbs.length, ...stays);
    this.table = new HandlerTable(this.cbs);
    return this;
  }

  /** Runs `body` with more callbacks. */
  async addedCbs<T>(cbs: Callbacks, body: () => MaybeAsync<T>): Promise<T> {
    const added = callbackList(cbs);
    this.addCbs(added);
    try {
      return await body();
    } finally {
      this.removeCbs(added);
    }
  }

  /** Runs `body` without some callbacks, which then take their old places. */
  async removedCbs<T>(cbs: Callbacks, body: () => MaybeAsync<T>): Promise<T> {
    const before = [...this.cbs];
    this.removeCbs(cbs);
    try {
      return await body();
    } finally {
      const added = this.cbs.filter((cb) => !before.includes(cb));
      this.cbs.splice(0, this.cbs.length, ...before, ...added);
      this.table = new HandlerTable(this.cbs);
    }
  }

  /** Runs `body` without rows of the epoch table and without a progress bar. Source: LRN-23. */
  noLogging<T>(body: () => MaybeAsync<T>): Promise<T> {
    return this.#swapped({ logger: silent, createMbar: false }, body);
  }

  /** Runs `body` without a progress bar. Source: LRN-23. */
  noMbar<T>(body: () => MaybeAsync<T>): Promise<T> {
    return this.#swapped({ createMbar: false }, body);
  }

  /** Runs `body` with a loss for each item instead of their mean. Source: LRN-23. */
  async lossNotReduced<T>(body: () => MaybeAsync<T>): Promise<T> {
    const { loss, restore } = unreducedLoss(this.lossFunc);
    try {
      return await this.#swapped({ lossFunc: loss }, body);
    } finally {
      restore();
    }
  }

  async #swapped<T>(
    fields: Partial<Pick<LearnerState, "logger" | "createMbar" | "lossFunc">>,
    body: () => MaybeAsync<T>,
  ): Promise<T> {
    const { logger, createMbar, lossFunc } = this;
    Object.assign(this, fields);
    try {
      return await body();
    } finally {
      Object.assign(this, { logger, createMbar, lossFunc });
    }
  }

  /** The file of a saved model: `path/modelDir/name.ext`; an absolute name or `modelDir` stands for itself. */
  modelFile(name: string, ext: string): string {
    return resolve(this.path, this.modelDir, name.endsWith(ext) ? name : `${name}${ext}`);
  }

  /** Makes a new optimizer, with the learner's rules for normalisation layers and biases. Source: OPT-22. */
  createOpt(): BaseOptimizer {
    this.opt = createOpt(this);
    return this.opt;
  }

  /** Only layer groups from `n` on train (negative: from the end). Forgets the optimizer's statistics. Source: LRN-20. */
  freezeTo(n: number): void {
    const opt = this.opt ?? this.createOpt();
    opt.freezeTo(n);
    opt.clearState();
  }

  /** Only the last layer group trains. */
  freeze(): void {
    this.freezeTo(-1);
  }

  /** Everything trains. */
  unfreeze(): void {
    this.freezeTo(0);
  }

  /** Inputs and targets of a batch. Source: LRN-11. */
  split(batch: Batch): [xb: Tensor[], yb: Tensor[]] {
    const nInp = this.dls.nInp ?? (batch.length === 1 ? 1 : batch.length - 1);
    // A batch's members are what the model and the loss take: tensors.
    return [batch.slice(0, nInp) as Tensor[], batch.slice(nInp) as Tensor[]];
  }
}

function silent(): void {}

function single(list: Tensor[]): Tensor | Tensor[] {
  const [first] = list;
  return list.length === 1 && first ? first : list;
}

function inBatch(tensor: Tensor | null, field: string): Tensor {
  if (tensor) return tensor;
  throw new OptionError(`learn.${field}: expected to be inside a batch, but there is none. Read it in a batch event.`);
}
