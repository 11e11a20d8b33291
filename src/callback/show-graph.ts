import { join } from "node:path";
import { Callback, type TrainingLoop } from "../learner/index.js";
import { type Figure, lineChart } from "../show/index.js";
import { checkOptions } from "../torch/index.js";

/** Options of `ShowGraph`. */
export interface ShowGraphOptions {
  /** The picture that is written after each epoch, below the learner's path; .png or .svg. Default: none. */
  fname?: string;
  /** Receives the chart after each epoch, such as a notebook's display. */
  show?: (figure: Figure) => void | Promise<void>;
}

/**
 * Draws training and validation loss after each epoch, over the whole fit that is to be: as a file that a viewer reloads, or
 * wherever `show` puts it. `figure` is the latest. Source: CBK-2.
 */
export class ShowGraph extends Callback {
  override readonly name = "showGraph";
  override readonly order = 65;
  override readonly runValid = false;
  override readonly onlyTrainLoop = true;
  /** The latest chart. */
  figure: Figure | null = null;
  readonly #options: ShowGraphOptions;

  constructor(options: ShowGraphOptions = {}) {
    super();
    checkOptions("ShowGraph", options, ["fname", "show"]);
    this.#options = options;
  }

  override async afterEpoch(learn: TrainingLoop): Promise<void> {
    if (!learn.fitting || learn.recorder.losses.length === 0) return;
    this.figure = drawLosses(learn);
    const { fname, show } = this.#options;
    if (fname !== undefined) await this.figure.save(join(learn.path, fname));
    await show?.(this.figure);
  }
}

function drawLosses({ recorder, nEpoch }: TrainingLoop): Figure {
  const { losses, iters, values, metricNames } = recorder;
  const column = metricNames.indexOf("valid_loss") - 1;
  const valid = values.map((row) => row[column] ?? Number.NaN);
  const perEpoch = losses.length / iters.length;
  return lineChart({
    title: `Epoch ${iters.length} of ${nEpoch}`,
    series: [
      { name: "train", y: losses, dots: false },
      ...(column >= 0 ? [{ name: "valid", x: iters, y: valid }] : []),
      { x: [0, perEpoch * nEpoch], y: [Number.NaN, Number.NaN] }, // makes room for the epochs to come
    ],
    xLabel: "Step",
    yLabel: "Loss",
  });
}
