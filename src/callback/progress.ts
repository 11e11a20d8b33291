import { Callback, type Logger, type TrainingLoop, type Undo } from "../learner/index.js";
import { OptionError } from "../torch/index.js";
import { ProgressBar, type Terminal } from "./progress-bar.js";

/** Options of a progress callback. */
export interface ProgressOptions {
  /** Where to write. Default: `process.stdout`. */
  out?: Terminal;
  /** Whether there is a moving bar. Default: in a terminal that is not one of a CI job. */
  bar?: boolean;
}

/**
 * The epoch table, a line an epoch, and in a terminal a bar below it for the phase at hand. Elsewhere plain lines.
 * Source: CBK-1.
 */
export class Progress extends Callback {
  override readonly name = "progress";
  override readonly order = 60;
  override readonly removeOnFetch = true;
  readonly #out: Terminal;
  readonly #showBar: boolean;
  #bar: ProgressBar | null = null;
  #drawsBars = false;
  #widths: readonly number[] = [];

  constructor({ out = process.stdout, bar = Boolean(out.isTTY) && !process.env.CI }: ProgressOptions = {}) {
    super();
    this.#out = out;
    this.#showBar = bar;
  }

  override beforeFit(learn: TrainingLoop): Undo | undefined {
    if (!learn.hasRecorder)
      throw new OptionError("Progress: expected a Recorder among the callbacks. Add new Recorder().");
    this.#drawsBars = this.#showBar && learn.createMbar;
    if (learn.quiet) return undefined;
    const { logger } = learn;
    learn.logger = (row) => this.#write(row);
    this.#widths = learn.recorder.metricNames.map((name) => Math.max(name.length, name === "epoch" ? 5 : 10));
    this.#write(learn.recorder.metricNames);
    return () => {
      this.#close(); // also after an error
      learn.logger = logger;
    };
  }

  override beforeTrain(learn: TrainingLoop): void {
    this.#open(learn, "train");
  }

  override beforeValidate(learn: TrainingLoop): void {
    this.#open(learn, "valid");
  }

  override afterBatch(learn: TrainingLoop): void {
    this.#bar?.update(learn.iter + 1, () => (learn.training ? learn.smoothLoss.toFixed(4) : ""));
  }

  override afterTrain(): void {
    this.#close();
  }

  override afterValidate(): void {
    this.#close();
  }

  override afterFit(): void {
    this.#close();
  }

  #open(learn: TrainingLoop, phase: string): void {
    if (!this.#drawsBars) return;
    this.#bar = new ProgressBar(this.#out, `epoch ${learn.epoch + 1}/${learn.nEpoch} ${phase}`, learn.nIter);
  }

  #close(): void {
    this.#bar?.clear();
    this.#bar = null;
  }

  #write(row: Parameters<Logger>[0]): void {
    const cells = row.map((cell, i) => cellText(cell, i).padEnd(this.#widths[i] ?? 10));
    this.#out.write(`${cells.join("  ").trimEnd()}\n`);
  }
}

function cellText(cell: unknown, column: number): string {
  if (cell === null) return "-";
  return typeof cell === "number" && column > 0 ? cell.toFixed(6) : String(cell); // the first column counts epochs
}
