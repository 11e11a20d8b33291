/** Metrics of classifiers with one label an item, over the whole epoch, from a table of counts that stays on the device. */
import * as z from "zod";
import type { Tensor } from "../../torch/index.js";
import {
  averageRatio,
  balancedAccuracy,
  classCounts,
  cohenKappa,
  fbetaRatio,
  jaccardRatio,
  matthews,
  precisionRatio,
  type Ratio,
  ratioOf,
  recallRatio,
  type Table,
  tableOf,
  total,
} from "./class-scores.js";
import { countPairs, DeviceSum } from "./count-pairs.js";
import { axisOption, classPair, type MetricMaker, metricMaker, PairMetric } from "./metric-factory.js";

/** A figure worked out from how often each class (row) was taken for each (column). */
class TableMetric extends PairMetric {
  readonly #counts = new DeviceSum();

  constructor(
    override readonly name: string,
    override readonly higherIsBetter: boolean,
    private readonly axis: number,
    private readonly figure: (counts: Table) => number,
  ) {
    super();
  }

  override reset(): void {
    this.#counts.clear();
  }

  override add(pred: Tensor, targ: Tensor): void {
    this.#counts.add(countPairs(...classPair(this.name, pred, targ, this.axis), pred.size(this.axis)));
  }

  override get value(): number | null {
    const counts = this.#counts.sum?.toArray() as number[][] | undefined; // two dimensions, see countPairs
    return counts ? this.figure(counts.map((row) => [...row, 0])) : null; // square: the last class is never guessed
  }
}

const labels = z.array(z.number().int()).optional();

const averageOptions = {
  /** The dimension of the classes in the prediction. Default: -1. */
  axis: axisOption,
  /** Only these classes count. Default: those that occur. */
  labels,
  /** The class that is scored with "binary". Default: 1. */
  posLabel: z.number().int().default(1),
  /** One class, plain or weighted mean over classes, or all decisions together. Default: "binary". */
  average: z.enum(["binary", "micro", "macro", "weighted"]).default("binary"),
};

/** Options of metrics that score each class. */
export type ClassScoreOptions = z.input<z.ZodObject<typeof averageOptions>>;

function ratioMetric(maker: string, name: string, ratio: Ratio): MetricMaker<ClassScoreOptions> {
  return metricMaker(maker, averageOptions, (options) => ratioTable(name, ratio, options));
}

function ratioTable(
  name: string,
  ratio: Ratio,
  { axis, average, posLabel, labels }: z.output<z.ZodObject<typeof averageOptions>>,
): TableMetric {
  return new TableMetric(name, true, axis, (counts) => {
    if (average === "binary") return total(classCounts(counts, [posLabel]).map((one) => ratioOf(ratio, one)));
    return averageRatio(ratio, classCounts(counts, tableOf(counts, labels).classes), average);
  });
}

/**
 * Right guesses of a class over its guesses. `average`: of the class `posLabel` ("binary", default, class 1), plain or
 * weighted mean over the classes that occur (or `labels`), or of all decisions together ("micro").
 * Shapes: pred [*, classes] (classes at `axis`, default -1), targ [*]. Source: MET-1, MET-7.
 */
export const Precision = ratioMetric("Precision", "precision_score", precisionRatio);

/** Right guesses of a class over its targets; options as of `Precision`. Source: MET-1. */
export const Recall = ratioMetric("Recall", "recall_score", recallRatio);

/**
 * Harmonic mean of precision and recall; options as of `Precision`. Source: MET-1.
 *
 * @example
 * new Learner(dls, model, { metrics: F1Score({ average: "macro" }) });
 */
export const F1Score = ratioMetric("F1Score", "f1_score", fbetaRatio(1));

/** Right guesses over what is guessed or there; options as of `Precision`. Source: MET-1. */
export const Jaccard = ratioMetric("Jaccard", "jaccard_score", jaccardRatio);

const fbeta = metricMaker("FBeta", { ...averageOptions, beta: z.number().positive() }, ({ beta, ...options }) =>
  ratioTable("fbeta_score", fbetaRatio(beta), options),
);

/** Mean of precision and recall with recall `beta` times as important; options as of `Precision`. Source: MET-1. */
export function FBeta(beta: number, options: ClassScoreOptions = {}): PairMetric {
  return fbeta({ ...options, beta });
}

/** Mean recall over the classes that are there; `adjusted` (default false): 0 is chance, 1 perfect. Source: MET-1. */
export const BalancedAccuracy = metricMaker(
  "BalancedAccuracy",
  { axis: axisOption, adjusted: z.boolean().default(false) },
  ({ axis, adjusted }) =>
    new TableMetric("balanced_accuracy_score", true, axis, (counts) => balancedAccuracy(counts, adjusted)),
);

/**
 * Agreement of guesses and targets beyond chance. `weights`: mistakes count alike (null, default), by the distance of the
 * classes ("linear") or its square ("quadratic"); `labels`: only these classes. Source: MET-1.
 */
export const CohenKappa = metricMaker(
  "CohenKappa",
  { axis: axisOption, labels, weights: z.enum(["linear", "quadratic"]).nullable().default(null) },
  ({ axis, labels, weights }) =>
    new TableMetric("cohen_kappa_score", true, axis, (counts) => cohenKappa(tableOf(counts, labels).table, weights)),
);

/** Correlation of guesses and targets, -1 to 1, over any number of classes. Source: MET-1. */
export const MatthewsCorrCoef = metricMaker(
  "MatthewsCorrCoef",
  { axis: axisOption },
  ({ axis }) => new TableMetric("matthews_corrcoef", true, axis, matthews),
);

/** The share of wrong guesses. Source: MET-1. */
export const HammingLoss = metricMaker(
  "HammingLoss",
  { axis: axisOption },
  ({ axis }) => new TableMetric("hamming_loss", false, axis, wrongShare),
);

/**
 * Mean squared difference of the guessed class (not its probability, as in fastai) and the target, of two classes: the share
 * of wrong guesses; against the class `posLabel` (default 1). Source: MET-1.
 */
export const BrierScore = metricMaker(
  "BrierScore",
  { axis: axisOption, posLabel: z.number().int().default(1) },
  ({ axis, posLabel }) =>
    new TableMetric("brier_score_loss", false, axis, (counts) =>
      posLabel === 1 ? wrongShare(counts) : 1 - wrongShare(counts),
    ),
);

function wrongShare(counts: Table): number {
  return 1 - total(counts.map((row, k) => row[k] ?? 0)) / total(counts.map(total));
}
