/** The F1 score, from a table of what was taken for what. */
import { z } from "zod";
import { checkOptions, keep, nn, OptionError, register, rememberSpec, type Tensor } from "../torch/index.js";
import type { TrainingLoop } from "./loop.js";
import { Metric } from "./metric.js";

/** Options of `F1Score`. */
export interface F1ScoreOptions {
  /** The dimension of the classes in the prediction. Default: -1. */
  axis?: number;
  /** Score of one class (`binary`), plain or weighted mean over classes, or of all decisions together. Default: binary. */
  average?: "binary" | "macro" | "weighted" | "micro";
  /** The class that counts as positive when `average` is `binary`. Default: 1. */
  posLabel?: number;
}

const averages = ["binary", "macro", "weighted", "micro"] as const;

const config = z.strictObject({
  axis: z.number().int().optional(),
  average: z.enum(averages).optional(),
  posLabel: z.number().int().optional(),
});

class F1ScoreMetric extends Metric {
  override readonly name = "f1_score";
  override readonly higherIsBetter = true;
  /** How often each class (row) was taken for each (column); stays on the device. */
  #counts: Tensor | null = null;

  constructor(private readonly options: F1ScoreOptions) {
    super();
  }

  override reset(): void {
    this.#counts?.dispose();
    this.#counts = null;
  }

  override accumulate(learn: TrainingLoop): void {
    const { axis = -1 } = this.options;
    const n = learn.pred.size(axis);
    const [pred, targ] = [learn.pred.argmax(axis).flatten(), (learn.yb[0] as Tensor).flatten().long()];
    const guessed = nn.functional.oneHot(pred, { numClasses: n }).double(); // [N, classes]
    const counts = nn.functional.oneHot(targ, { numClasses: n }).double().t().matmul(guessed); // [classes, classes]
    this.#counts = this.#counts?.add_(counts) ?? keep(counts);
  }

  override get value(): number | null {
    if (this.#counts === null) return null;
    const counts = this.#counts.toArray() as number[][]; // two dimensions, see accumulate
    const { average = "binary", posLabel = 1 } = this.options;
    const right = counts.map((row, k) => row[k] ?? 0);
    const actual = counts.map(total);
    const guessed = counts.map((_, k) => total(counts.map((row) => row[k] ?? 0)));
    const score = (k: number) => ratio(2 * (right[k] ?? 0), (actual[k] ?? 0) + (guessed[k] ?? 0));
    if (average === "binary") return score(posLabel);
    if (average === "micro") return ratio(total(right), total(actual));
    const seen = counts.map((_, k) => k).filter((k) => (actual[k] ?? 0) + (guessed[k] ?? 0) > 0);
    const weight = (k: number) => (average === "macro" ? 1 : (actual[k] ?? 0));
    return ratio(total(seen.map((k) => weight(k) * score(k))), total(seen.map(weight)));
  }
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}

/**
 * The harmonic mean of precision and recall of a classifier, over the whole epoch: 2 right / (actual + guessed) for each
 * class. Classes that are neither there nor guessed are left out of the means.
 * Shapes: pred [*, classes] (classes at `axis`), targ [*]. Source: MET-1, MET-7.
 *
 * @example
 * new Learner(dls, model, { metrics: F1Score({ average: "macro" }) });
 */
export function F1Score(options: F1ScoreOptions = {}): Metric {
  checkOptions("F1Score", options, ["axis", "average", "posLabel"]);
  const { average = "binary" } = options;
  if (!averages.includes(average)) {
    throw new OptionError(`F1Score: expected average to be one of ${averages.join(", ")}, got ${average}.`);
  }
  return rememberSpec(new F1ScoreMetric(options), "metric.f1_score", options);
}
register("metric.f1_score", { config, fromConfig: F1Score });
