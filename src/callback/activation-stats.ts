/** What layers make during training: a fit that goes wrong shows here first. */
import { tensorsIn } from "../data/index.js";
import type { TrainingLoop, Undo } from "../learner/index.js";
import { type Figure, imageGrid, lineChart, sideBySide } from "../show/index.js";
import { cat, keep, type nn, OptionError, stack, type Tensor } from "../torch/index.js";
import { heatMap, viridis } from "./heat-map.js";
import { HookCallback, type HookCallbackOptions } from "./hook.js";

/** Options of `ActivationStats`. */
export interface ActivationStatsOptions extends HookCallbackOptions {
  /** Whether histograms of 40 bins from 0 to 10 are kept too. Default false. */
  withHist?: boolean;
}

/** Statistics of one layer, a value for each batch that was looked at. */
export interface LayerStats {
  readonly mean: number[];
  readonly std: number[];
  /** The share of activations that are at most 0.05. */
  readonly nearZero: number[];
}

const bins = 40;
const greatest = 10;
const zero = 0.05;
const statNames = { mean: "mean", std: "standard deviation", nearZero: "share near zero" } as const;
/** So many layers are told apart by the colours of a legend. */
const few = 8;
const hex = (part: number): string =>
  Math.round(255 * part)
    .toString(16)
    .padStart(2, "0");

/**
 * Mean, standard deviation and share near zero of what each layer makes in each training batch, and histograms if asked for.
 * They stay on the device until somebody reads them. Outputs that are nested lists count as one. Source: CBK-24.
 *
 * @example
 * const stats = new ActivationStats({ withHist: true });
 * await learn.fit(1, { cbs: stats });
 * await stats.colorDim(-2).save("colour.png");
 */
export class ActivationStats extends HookCallback<Tensor> {
  override readonly name = "activationStats";
  override readonly order = -20;
  readonly #withHist: boolean;
  /** One row for each batch. Shapes: [layers, 3 or 43] each. */
  #batches: Tensor[] = [];

  constructor({ withHist = false, ...options }: ActivationStatsOptions = {}) {
    super(options);
    this.#withHist = withHist;
  }

  override beforeFit(learn: TrainingLoop): Undo {
    if (learn.fitting) {
      for (const batch of this.#batches) batch.dispose();
      this.#batches = [];
    }
    return super.beforeFit(learn);
  }

  override hook(_module: nn.AnyModule, _input: unknown, output: unknown): Tensor {
    const parts = tensorsIn(output).map((out) => out.float().flatten());
    const all = parts.length === 1 && parts[0] ? parts[0] : cat(parts);
    const stats = stack([all.mean(), all.std(), all.le(zero).float().mean()]); // [3]
    return this.#withHist ? cat([stats, all.histc(bins, 0, greatest)]) : stats; // [3] or [43]
  }

  override afterBatch(learn: TrainingLoop): void {
    if (this.isLookedAt(learn)) {
      const stored = this.hooks?.stored.filter((stats) => stats !== undefined) ?? [];
      if (stored.length > 0) this.#batches.push(keep(stack(stored)));
      for (const stats of stored) stats.dispose();
    }
    super.afterBatch(learn);
  }

  /** The statistics of a layer (negative: from the end), read from the device. */
  layerStats(layer: number): LayerStats {
    const rows = this.#rows(layer);
    const column = (at: number): number[] => rows.map((row) => row[at] ?? Number.NaN);
    return { mean: column(0), std: column(1), nearZero: column(2) };
  }

  /** The histograms of a layer, log(1 + count): a row for each batch, 40 bins from 0 to 10. Needs `withHist`. */
  hist(layer: number): number[][] {
    if (!this.#withHist) throw new OptionError("ActivationStats.hist: expected histograms. Pass { withHist: true }.");
    return this.#rows(layer).map((row) => row.slice(3).map(Math.log1p));
  }

  /** The colourful-dimension picture of a layer: time goes to the right, activations upwards, brighter is more often. */
  colorDim(layer: number): Figure {
    const title = "Steps to the right, activations 0 to 10 upwards; brighter: more of them";
    return imageGrid([{ ...heatMap(this.hist(layer)), title }], { size: 480, title: this.#title(layer) });
  }

  /** Mean, standard deviation and share near zero of a layer by batch. */
  plotLayerStats(layer: number): Figure {
    const stats = this.layerStats(layer);
    const chart = (yLabel: string, y: number[], title?: string): Figure =>
      lineChart({ title, series: [{ y, dots: false }], xLabel: "Step", yLabel, width: 340, height: 300 });
    return sideBySide([
      chart(statNames.mean, stats.mean, this.#title(layer)),
      chart(statNames.std, stats.std),
      chart(
        "percent near zero",
        stats.nearZero.map((share) => 100 * share),
      ),
    ]);
  }

  /** One figure of every layer by batch. Where layers are many, the brighter a line, the deeper its layer. */
  plotAll(stat: keyof LayerStats = "mean"): Figure {
    const last = this.modules.length - 1;
    const series = this.modules.map((module, layer) => ({
      name: last < few || layer === 0 || layer === last ? `${layer} ${module.constructor.name}` : undefined,
      color:
        last < few
          ? undefined
          : `#${viridis((0.9 * layer) / last)
              .map(hex)
              .join("")}`,
      y: this.layerStats(layer)[stat],
      dots: false,
    }));
    return lineChart({ title: `Activations: ${statNames[stat]}`, series, xLabel: "Step" });
  }

  #title(layer: number): string {
    return `Layer ${layer < 0 ? this.modules.length + layer : layer}: ${this.modules.at(layer)?.constructor.name}`;
  }

  #rows(layer: number): number[][] {
    const count = this.modules.length;
    if (!this.modules.at(layer) || this.#batches.length === 0) {
      throw new OptionError(
        `ActivationStats: expected one of ${count} layers of a finished fit, got layer ${layer} of ` +
          `${this.#batches.length} batches. Fit with this callback first.`,
      );
    }
    const at = layer < 0 ? count + layer : layer;
    const table = stack(this.#batches.map((batch) => batch.select(0, at))); // [batches, 3 or 43]
    const rows = table.toArray() as number[][]; // two dimensions
    table.dispose();
    return rows;
  }
}
