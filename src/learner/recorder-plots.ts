import { type Figure, lineChart, type Series, sideBySide } from "../show/index.js";
import { checkOptions, OptionError } from "../torch/index.js";

/** Options of `recorder.plotLoss`. */
export interface PlotLossOptions {
  /** How many iterations at the beginning are left out. Default: 5. */
  skipStart?: number;
  /** Whether the validation loss is drawn. Default: true. */
  withValid?: boolean;
  /** Whether both axes are logarithmic. Default: false. */
  log?: boolean;
  /** Whether the ends of epochs are marked. Default: false. */
  showEpochs?: boolean;
}

interface Recorded {
  readonly losses: readonly number[];
  readonly iters: readonly number[];
  readonly values: readonly (readonly (number | null)[])[];
  readonly metricNames: readonly string[];
  readonly hps: Readonly<Record<string, readonly number[]>>;
}

/** The chart of `recorder.plotLoss`. Source: LRN-29. */
export function plotLoss(recorded: Recorded, options: PlotLossOptions): Figure {
  checkOptions("plotLoss", options, ["skipStart", "withValid", "log", "showEpochs"]);
  const { skipStart = 5, withValid = true, log = false, showEpochs = false } = options;
  const { losses, iters, values, metricNames } = recorded;
  if (losses.length === 0)
    throw new OptionError("plotLoss: expected a finished fit, but nothing is recorded. Call fit first.");
  const shown = losses.slice(skipStart);
  const series: Series[] = [
    { name: "train", x: shown.map((_, i) => i + skipStart), y: shown, dots: shown.length === 1 },
  ];
  const column = metricNames.indexOf("valid_loss") - 1;
  const points = iters
    .map((iter, epoch) => ({ iter, loss: values[epoch]?.[column] }))
    .filter(
      (point): point is { iter: number; loss: number } => point.iter >= skipStart && typeof point.loss === "number",
    );
  if (withValid && points.length > 0) {
    series.push({ name: "valid", x: points.map((p) => p.iter), y: points.map((p) => p.loss) });
  }
  const markers = showEpochs ? iters.map((iter, epoch) => ({ x: iter, label: String(epoch) })) : [];
  return lineChart({ title: "Learning curve", series, xLabel: "Step", yLabel: "Loss", logX: log, logY: log, markers });
}

/** The charts of `recorder.plotSched`: hyper-parameters by iteration, all that were scheduled or the one named. */
export function plotSched(recorded: Recorded, name?: string): Figure {
  const names = Object.keys(recorded.hps);
  const chosen = name === undefined ? names : names.filter((one) => one === name);
  if (chosen.length === 0) {
    throw new OptionError(
      `plotSched: expected a hyper-parameter that was scheduled (${names.join(", ") || "none was"}), got ${name}. ` +
        "Train with a schedule, such as fitOneCycle.",
    );
  }
  const size = chosen.length > 1 ? { width: 400, height: 300 } : {};
  const charts = chosen.map((one) =>
    lineChart({ ...size, series: [{ y: recorded.hps[one] ?? [], dots: false }], xLabel: "Step", yLabel: one }),
  );
  return sideBySide(charts, { cols: 2 });
}
