import { Callback, CancelFit, type TrainingLoop } from "../learner/index.js";
import { checkOptions, OptionError } from "../torch/index.js";

/** Options of `Timer`. */
export interface TimerOptions {
  /** The fit ends after the batch in which so many seconds are over. Default: never. */
  maxTime?: number;
}

/** Measures how long fits and their epochs take, and ends a fit that takes too long; what is recorded stays. */
export class Timer extends Callback {
  override readonly name = "timer";
  override readonly order = 70; // everything that records a batch or an epoch comes before
  /** Seconds of each epoch of the last fit. */
  epochs: number[] = [];
  readonly #maxTime: number;
  #start = 0;
  #epochStart = 0;

  constructor(options: TimerOptions = {}) {
    super();
    checkOptions("Timer", options, ["maxTime"]);
    const { maxTime = Number.POSITIVE_INFINITY } = options;
    if (!(maxTime > 0)) throw new OptionError(`Timer: expected maxTime in seconds, above 0, got ${maxTime}.`);
    this.#maxTime = maxTime;
  }

  /** Seconds since the last fit began. */
  get elapsed(): number {
    return (performance.now() - this.#start) / 1000;
  }

  override beforeFit(learn: TrainingLoop): void {
    if (!learn.fitting) return;
    this.#start = performance.now();
    this.epochs = [];
  }

  override beforeEpoch(): void {
    this.#epochStart = performance.now();
  }

  override afterBatch(learn: TrainingLoop): void {
    if (learn.fitting && this.elapsed > this.#maxTime) throw new CancelFit(`${this.#maxTime} seconds are over`);
  }

  override afterEpoch(learn: TrainingLoop): void {
    if (learn.fitting) this.epochs.push((performance.now() - this.#epochStart) / 1000);
  }
}
