import type { Figure } from "../show/index.js";
import { keep } from "../torch/index.js";
import { Callback } from "./callback.js";
import type { TrainingLoop } from "./loop.js";
import { type Metric, readValue } from "./metric.js";
import { AvgLoss } from "./metrics/loss-metrics.js";
import { type PlotLossOptions, plotLoss, plotSched } from "./recorder-plots.js";
import { SmoothLoss } from "./smooth-loss.js";

/** Options of a recorder. */
export interface RecorderOptions {
  /** Whether the table has a time column. Default: true. */
  addTime?: boolean;
  /** Whether metrics are also taken on the training batches. Default: false. */
  trainMetrics?: boolean;
  /** Whether loss and metrics are taken on the validation batches. Default: true. */
  validMetrics?: boolean;
  /** The share of the old average in the smoothed loss. Default: 0.98. */
  beta?: number;
}

/** What a checkpoint keeps of a recorder. */
interface RecorderState {
  readonly lrs: number[];
  readonly iters: number[];
  readonly values: (number | null)[][];
  readonly losses: number[];
}

/**
 * Writes down learning rate and smoothed loss of every training batch, and losses and metrics of every epoch.
 * The training loss of an epoch is the smoothed loss at its end, carried over the epochs of a fit; the validation loss is
 * the exact mean. Epochs that are skipped leave no row. Source: LRN-28.
 */
export class Recorder extends Callback {
  override readonly name = "recorder";
  override readonly order = 50;
  override readonly removeOnFetch = true;
  addTime: boolean;
  trainMetrics: boolean;
  validMetrics: boolean;
  /** Learning rate of the last layer group, by iteration. */
  lrs: number[] = [];
  /** How many iterations there were at the end of each epoch. */
  iters: number[] = [];
  /** Losses and metrics, by epoch. */
  values: (number | null)[][] = [];
  /** Names of the table's columns. */
  metricNames: string[] = [];
  /** Scheduled hyper-parameters by name, one value an iteration. */
  hps: Record<string, number[]> = {};
  readonly #beta: number;
  readonly #validLoss = new AvgLoss();
  #smooth: SmoothLoss;
  #row: (number | null)[] = [];
  #epochStart = 0;
  #trainCancelled = false;
  #validCancelled = false;
  #skipped = false;

  constructor(options: RecorderOptions = {}) {
    super();
    const { addTime = true, trainMetrics = false, validMetrics = true, beta = 0.98 } = options;
    this.addTime = addTime;
    this.trainMetrics = trainMetrics;
    this.validMetrics = validMetrics;
    this.#beta = beta;
    this.#smooth = new SmoothLoss(beta);
  }

  /** The smoothed loss after each training batch; reads what is new from the device. */
  get losses(): readonly number[] {
    return this.#smooth.smoothed;
  }

  /** The loss of each training batch as it was; reads what is new from the device. */
  get rawLosses(): readonly number[] {
    return this.#smooth.losses;
  }

  /** The smoothed loss now; reads it from the device. NaN before the first training batch. */
  get smoothLoss(): number {
    return this.#smooth.value;
  }

  override beforeFit(learn: TrainingLoop): void {
    if (!learn.fitting) return; // validating or predicting afterwards loses nothing, unlike in fastai
    this.lrs = [];
    this.iters = [];
    this.values = [];
    this.hps = {};
    this.#smooth = new SmoothLoss(this.#beta);
    const names = learn.metrics.map((metric) => metric.name);
    const hasValid = this.validMetrics && learn.dls.valid !== undefined;
    this.metricNames = [
      "epoch",
      ...(this.trainMetrics && hasValid
        ? ["train", "valid"].flatMap((part) => ["loss", ...names].map((name) => `${part}_${name}`))
        : ["train_loss", ...(hasValid ? ["valid_loss", ...names] : this.trainMetrics ? names : [])]),
      ...(this.addTime ? ["time"] : []),
    ];
  }

  override stateDict(): RecorderState {
    const { lrs, iters, values, rawLosses } = this;
    return { lrs: [...lrs], iters: [...iters], values: values.map((row) => [...row]), losses: [...rawLosses] };
  }

  override loadStateDict(state: object): void {
    const { lrs, iters, values, losses } = state as RecorderState; // what stateDict gave
    Object.assign(this, { lrs, iters, values });
    this.#smooth = new SmoothLoss(this.#beta);
    this.#smooth.resume(losses);
  }

  override beforeEpoch(): void {
    this.#skipped = false;
    this.#trainCancelled = false;
    this.#validCancelled = false;
    this.#row = [];
    this.#epochStart = performance.now();
  }

  override beforeTrain(learn: TrainingLoop): void {
    for (const metric of this.#trainMetricsOf(learn)) metric.reset();
  }

  override beforeValidate(learn: TrainingLoop): void {
    for (const metric of this.#validMetricsOf(learn)) metric.reset();
  }

  override afterBatch(learn: TrainingLoop): void {
    if (learn.yb.length === 0) return;
    const metrics = learn.training ? this.#trainMetricsOf(learn) : this.#validMetricsOf(learn);
    for (const metric of metrics) {
      metric.accumulate(learn);
      keep(Object.values(metric)); // a metric's own tensors outlive the batch
    }
    if (!learn.training || !learn.hasLoss) return;
    this.lrs.push(learn.opt?.hypers.at(-1)?.lr ?? Number.NaN);
    this.#smooth.add(learn.loss); // the loop keeps it
  }

  override afterCancelTrain(): void {
    this.#trainCancelled = true;
  }

  override afterCancelValidate(): void {
    this.#validCancelled = true;
  }

  override afterCancelEpoch(): void {
    this.#skipped = this.#smooth.count === (this.iters.at(-1) ?? 0) && this.#row.length === 0;
  }

  override afterTrain(learn: TrainingLoop): void {
    if (this.#trainCancelled) return;
    this.#row.push(this.smoothLoss, ...this.#trainMetricsOf(learn).map((metric) => readValue(metric.value)));
  }

  override afterValidate(learn: TrainingLoop): void {
    if (this.#validCancelled) return;
    this.#row.push(...this.#validMetricsOf(learn).map((metric) => readValue(metric.value)));
    learn.finalRecord = [...this.#row];
  }

  override afterEpoch(learn: TrainingLoop): void {
    learn.finalRecord = [...this.#row];
    if (!learn.fitting || this.#skipped) return;
    this.values.push(learn.finalRecord);
    this.iters.push(this.#smooth.count);
    const time = formatTime((performance.now() - this.#epochStart) / 1000);
    learn.logger([learn.epoch, ...this.#row, ...(this.addTime ? [time] : [])]);
  }

  /** The training loss by iteration, and the validation loss at the end of each epoch. Source: LRN-29. */
  plotLoss(options: PlotLossOptions = {}): Figure {
    return plotLoss(this, options);
  }

  /** Each scheduled hyper-parameter by iteration: a chart for each, or the named one. Source: LRN-29. */
  plotSched(name?: string): Figure {
    return plotSched(this, name);
  }

  #trainMetricsOf(learn: TrainingLoop): Metric[] {
    return this.trainMetrics ? learn.metrics : [];
  }

  #validMetricsOf(learn: TrainingLoop): Metric[] {
    return this.validMetrics ? [this.#validLoss, ...learn.metrics] : [];
  }
}

/** Seconds as mm:ss, or h:mm:ss from an hour on. */
export function formatTime(seconds: number): string {
  const whole = Math.floor(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number): string => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
}
