import { Callback, CancelFit, save, type TrainingLoop, type Undo } from "../learner/index.js";
import { checkOptions } from "../torch/index.js";

/** Options of `StopOnInterrupt`. */
export interface StopOnInterruptOptions {
  /** Saves the model under this name when the fit is interrupted. Default: it is not saved. */
  save?: string;
  /** Which signal. Default "SIGINT", Ctrl-C. */
  signal?: NodeJS.Signals;
}

/** Signals only arrive while nothing runs, so the loop is left for a moment so often. */
const breath = 50; // ms

/**
 * Ctrl-C ends the fit after the batch at hand instead of the program: what is recorded stays, the model is saved if asked
 * for, and the program goes on. A second Ctrl-C ends the program as usual.
 *
 * @example
 * await learn.fit(100, { cbs: new StopOnInterrupt({ save: "interrupted" }) });
 */
export class StopOnInterrupt extends Callback {
  override readonly name = "stopOnInterrupt";
  override readonly order = 75; // after what records the batch
  override readonly onlyTrainLoop = true;
  /** Whether the last fit was interrupted. */
  interrupted = false;
  readonly #options: StopOnInterruptOptions;
  #lastBreath = 0;

  constructor(options: StopOnInterruptOptions = {}) {
    super();
    checkOptions("StopOnInterrupt", options, ["save", "signal"]);
    this.#options = options;
  }

  override beforeFit(learn: TrainingLoop): Undo | undefined {
    if (!learn.fitting) return undefined;
    const { signal = "SIGINT" } = this.#options;
    this.interrupted = false;
    const stop = (): void => {
      this.interrupted = true;
    };
    process.once(signal, stop);
    return () => void process.off(signal, stop);
  }

  override afterBatch(learn: TrainingLoop): Promise<void> | undefined {
    if (!learn.fitting) return undefined;
    if (!this.interrupted && performance.now() - this.#lastBreath < breath) return undefined;
    return this.#look();
  }

  override async afterCancelFit(learn: TrainingLoop): Promise<void> {
    if (!this.interrupted || this.#options.save === undefined) return;
    console.log(`Interrupted in epoch ${learn.epoch}: saved ${await save(learn, this.#options.save)}`);
  }

  async #look(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#lastBreath = performance.now();
    if (this.interrupted) throw new CancelFit("interrupted");
  }
}
