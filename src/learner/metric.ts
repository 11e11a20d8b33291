import { findBs } from "../data/index.js";
import { keep, OptionError, Tensor } from "../torch/index.js";
import { camelName } from "./callback.js";
import type { TrainingLoop } from "./loop.js";

/**
 * A figure of the epoch table. Subclasses add up what they need over the batches of a phase and give the value at its end.
 * Tensors in the fields of a metric stay alive between batches. Source: LRN-26.
 *
 * @example
 * class Count extends Metric {
 *   n = 0;
 *   reset() { this.n = 0; }
 *   accumulate(learn: TrainingLoop) { this.n += learn.yb[0]?.shape[0] ?? 0; }
 *   get value() { return this.n; }
 * }
 */
export abstract class Metric {
  /** The column's name: the class's name in camelCase without "Metric", unless a subclass sets it. */
  readonly name: string = camelName(this.constructor.name, "Metric");
  /** Whether a greater value is a better one; unknown when absent. */
  readonly higherIsBetter?: boolean;

  /** Forgets what was added up; a phase begins. */
  reset(): void {}

  /** Adds the batch at hand. */
  accumulate(_learn: TrainingLoop): void {}

  /** The value over the batches so far; a one-element tensor is read when the table needs it. */
  abstract get value(): Tensor | number | null;
}

/** A figure of one batch: of the prediction and its targets. */
export type MetricFunc = (pred: Tensor, targ: Tensor) => Tensor | number;

/** Options of `averageMetric`. */
export interface AverageMetricOptions {
  /** The column's name. Default: the function's name. */
  name?: string;
  /** Whether a greater value is a better one. Default: unknown. */
  higherIsBetter?: boolean;
}

/** Anything that a learner takes for a metric: a metric, a class of metrics, a maker, or a function that is averaged. */
export type MetricLike = Metric | (new () => Metric) | ((options?: never) => Metric) | MetricFunc;

/** A mean over batches, weighted by their sizes; the sum stays on the device. `averageMetric` makes one. Source: LRN-27. */
export class AvgMetric extends Metric {
  override readonly name: string;
  override readonly higherIsBetter?: boolean;
  readonly #func: (learn: TrainingLoop) => Tensor | number;
  #total: Tensor | number = 0;
  #count = 0;

  constructor(name: string, func: (learn: TrainingLoop) => Tensor | number, higherIsBetter?: boolean) {
    super();
    this.name = name;
    this.higherIsBetter = higherIsBetter;
    this.#func = func;
  }

  override reset(): void {
    if (this.#total instanceof Tensor) this.#total.dispose();
    this.#total = 0;
    this.#count = 0;
  }

  override accumulate(learn: TrainingLoop): void {
    const size = findBs(learn.yb);
    const value = this.#func(learn);
    if (typeof value === "number") {
      this.#total = this.#total instanceof Tensor ? keep(this.#total.add(value * size)) : this.#total + value * size;
    } else if (!(value instanceof Tensor)) {
      throw new OptionError(
        `${this.name}: expected a tensor or a number as the value of a batch, got ${typeof value}.`,
      );
    } else if (this.#total instanceof Tensor) {
      this.#total.add_(value.detach(), { alpha: size });
    } else {
      this.#total = keep(value.detach().mul(size));
    }
    this.#count += size;
  }

  override get value(): Tensor | number | null {
    if (this.#count === 0) return null;
    return this.#total instanceof Tensor ? this.#total.div(this.#count) : this.#total / this.#count;
  }
}

/**
 * A metric from a function of one batch: the mean over batches, weighted by their sizes.
 *
 * @example
 * const mse = averageMetric((pred, targ) => pred.sub(targ).pow(2).mean(), { name: "mse" });
 */
export function averageMetric(func: MetricFunc, options: AverageMetricOptions = {}): AvgMetric {
  const { name = func.name || "metric", higherIsBetter } = options;
  // A metric is chosen to fit the model's output and the loader's targets, one or several.
  const call = func as (...args: Tensor[]) => Tensor | number;
  return new AvgMetric(name, (learn) => call(learn.pred, ...learn.yb), higherIsBetter);
}

/** A metric whose value something else works out, such as a callback. Source: LRN-27. */
export class ValueMetric extends Metric {
  override readonly name: string;
  readonly #func: () => Tensor | number | null;

  constructor(func: () => Tensor | number | null, name: string = func.name) {
    super();
    this.name = name;
    this.#func = func;
  }

  override get value(): Tensor | number | null {
    return this.#func();
  }
}

const makers = new WeakMap<object, () => Metric>();

/** Says which metric a learner makes of a function or maker that is given to it as it is. Returns the function. */
export function asMetric<F extends object>(func: F, make: () => Metric): F {
  makers.set(func, make);
  return func;
}

function isMetricClass(value: object): value is new () => Metric {
  return typeof value === "function" && value.prototype instanceof Metric;
}

/** The metrics for what a user passes. Throws `OptionError` for what is none. */
export function metricList(metrics: MetricLike | readonly MetricLike[]): Metric[] {
  const list = Array.isArray(metrics) ? (metrics as readonly MetricLike[]) : [metrics as MetricLike];
  return list.map((metric) => {
    if (metric instanceof Metric) return metric;
    if (typeof metric !== "function") {
      throw new OptionError(
        `metrics: expected metrics, classes of them or functions (pred, targ) => value, got ${String(metric)}.`,
      );
    }
    if (isMetricClass(metric)) return new metric();
    return makers.get(metric)?.() ?? averageMetric(metric as MetricFunc); // makers are in the table
  });
}

/** Reads a metric's value: a tensor's one element, or the number itself. */
export function readValue(value: Tensor | number | null): number | null {
  if (!(value instanceof Tensor)) return value;
  const number = Number(value.item());
  value.dispose();
  return number;
}
