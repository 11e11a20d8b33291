import type { MaybePromise } from "../data/index.js";
import { Callback, type TrainingLoop } from "../learner/index.js";
import { OptionError } from "../torch/index.js";

/** Options of callbacks that follow a column of the epoch table. */
export interface TrackerOptions {
  /** The column. Default: "valid_loss". */
  monitor?: string;
  /** Whether a smaller or a greater value is better. Default: what the metric says; smaller for losses and errors. */
  comp?: "less" | "greater";
  /** How much better a value must be to count. Default: 0. */
  minDelta?: number;
  /** Whether each fit begins anew. Default: true. */
  resetOnFit?: boolean;
}

/** Follows a column of the epoch table and knows its best value. Source: CBK-5. */
export class Tracker extends Callback {
  override readonly order: number = 60;
  override readonly removeOnFetch = true;
  override readonly onlyTrainLoop = true;
  readonly monitor: string;
  /** The best value so far. */
  best = Number.NaN;
  /** How many epochs in a row were not the best. */
  protected wait = 0;
  /** Whether the last epoch's value was the best. */
  newBest = false;
  readonly #options: TrackerOptions;
  #column = -1;
  /** Rows of the epoch table before this epoch. */
  #rows = 0;
  #sign = 1;

  constructor(options: TrackerOptions = {}) {
    super();
    this.monitor = options.monitor ?? "valid_loss";
    this.#options = options;
  }

  override beforeFit(learn: TrainingLoop): void {
    if (!learn.fitting) return;
    this.wait = 0;
    const columns = learn.recorder.metricNames.slice(1).filter((name) => name !== "time");
    this.#column = columns.findIndex((name) => plain(name) === plain(this.monitor));
    if (this.#column === -1) {
      throw new OptionError(
        `${this.constructor.name}: expected a column of the epoch table (${columns.join(", ")}), got "${this.monitor}".`,
      );
    }
    this.#sign = this.#lessIsBetter(learn) ? -1 : 1;
    if ((this.#options.resetOnFit ?? true) || Number.isNaN(this.best))
      this.best = -this.#sign * Number.POSITIVE_INFINITY;
  }

  override stateDict(): object {
    return { best: Number.isFinite(this.best) ? this.best : null, wait: this.wait };
  }

  override loadStateDict(state: object): void {
    const { best, wait } = state as { best: number | null; wait: number }; // what stateDict gave
    if (best !== null) this.best = best;
    this.wait = wait;
  }

  override beforeEpoch(learn: TrainingLoop): void {
    if (learn.fitting) this.#rows = learn.recorder.values.length;
  }

  override afterEpoch(learn: TrainingLoop): MaybePromise<void> {
    // An epoch that is skipped, such as one done before a crash, has no row and says nothing.
    if (!learn.fitting || learn.recorder.values.length === this.#rows) return;
    const value = learn.recorder.values.at(-1)?.[this.#column] ?? Number.NaN;
    const { minDelta = 0 } = this.#options;
    this.newBest = this.#sign * (value - this.best) > minDelta;
    if (this.newBest) this.best = value;
    this.wait = this.newBest ? 0 : this.wait + 1;
    return this.judged(learn);
  }

  /** What follows from an epoch's value. Default: nothing. */
  protected judged(_learn: TrainingLoop): MaybePromise<void> {}

  #lessIsBetter(learn: TrainingLoop): boolean {
    if (this.#options.comp) return this.#options.comp === "less";
    const metric = learn.metrics.find(({ name }) => plain(name) === plain(this.monitor));
    return metric?.higherIsBetter === undefined ? /loss|error/i.test(this.monitor) : !metric.higherIsBetter;
  }
}

/** A column's name as it is compared: "validLoss" and "valid_loss" are one. */
function plain(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}
