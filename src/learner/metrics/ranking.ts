/** Metrics of how a model ranks items: areas under curves. Predictions are kept to the end of the epoch. */
import * as z from "zod";
import type { Tensor } from "../../torch/index.js";
import { AccumMetric, type AccumMetricOptions } from "./accum-metric.js";
import { axisOption, metricMaker, shapesDiffer } from "./metric-factory.js";
import { averagePrecision, averageScore, type BinaryScore, oneVsOne, rocAuc } from "./ranking-scores.js";

const maxFpr = z.number().positive().max(1).default(1);
const labelAverage = z.enum(["micro", "macro", "weighted", "samples"]).default("macro");

/** A metric of probabilities and targets that are read at the end. */
function ranking(
  name: string,
  options: AccumMetricOptions,
  value: (preds: Tensor, targs: Tensor) => number,
): AccumMetric {
  return new AccumMetric(value, { name, higherIsBetter: true, ...options });
}

function binaryRanking(name: string, axis: number, posLabel: number, score: BinaryScore): AccumMetric {
  return ranking(name, { activation: "binarySoftmax", dimArgmax: axis }, (preds, targs) =>
    score(
      numbers(preds),
      numbers(targs).map((targ) => targ === posLabel),
    ),
  );
}

function labelRanking(
  name: string,
  { sigmoid, average }: { sigmoid: boolean; average: z.output<typeof labelAverage> },
  score: BinaryScore,
): AccumMetric {
  return ranking(name, { activation: sigmoid ? "sigmoid" : "no", flatten: false }, (preds, targs) => {
    if (preds.shape.join() !== targs.shape.join()) {
      throw shapesDiffer(name, preds, targs, "Both are to be [items, labels].");
    }
    const positive = table(targs).map((row) => row.map((targ) => targ !== 0));
    return averageScore(score, table(preds), positive, average);
  });
}

/**
 * Area under the ROC curve of a classifier with one label an item: each class against the rest (`multiClass: "ovr"`, default)
 * or each pair of classes ("ovo"); `average` over classes "macro" (default), "weighted", or for "ovr" "micro". NaN where a
 * class does not occur. Shapes: pred [N, classes] (classes at `axis`, default -1), targ [N]. Source: MET-1.
 */
export const RocAuc = metricMaker(
  "RocAuc",
  {
    axis: axisOption,
    average: z.enum(["micro", "macro", "weighted"]).default("macro"),
    multiClass: z.enum(["ovr", "ovo"]).default("ovr"),
  },
  ({ axis, average, multiClass }) =>
    ranking("roc_auc_score", { activation: "softmax", dimArgmax: axis, flatten: false }, (preds, targs) => {
      if (preds.size(0) !== targs.numel()) {
        throw shapesDiffer("roc_auc_score", preds, targs, "Both are to have as many items.");
      }
      const [scores, classes] = [table(preds), numbers(targs)];
      if (multiClass === "ovo") return oneVsOne(scores, classes, average === "weighted" ? "weighted" : "macro");
      const positive = classes.map((targ) => (scores[0] ?? []).map((_, k) => k === targ));
      return averageScore(rocAuc, scores, positive, average);
    }),
);

/**
 * Area under the ROC curve of two classes, from the probability of the last one; with `maxFpr` below 1 the part up to that
 * false positive rate, scaled so that chance is 0.5. Shapes: pred [N, 2], targ [N]. Source: MET-1.
 */
export const RocAucBinary = metricMaker("RocAucBinary", { axis: axisOption, maxFpr }, ({ axis, maxFpr }) =>
  binaryRanking("roc_auc_score", axis, 1, (scores, positive) => rocAuc(scores, positive, maxFpr)),
);

/**
 * Average precision of two classes, from the probability of the last one; against the class `posLabel` (default 1).
 * Shapes: pred [N, 2], targ [N]. Source: MET-1.
 */
export const APScoreBinary = metricMaker(
  "APScoreBinary",
  { axis: axisOption, posLabel: z.number().int().default(1) },
  ({ axis, posLabel }) => binaryRanking("average_precision_score", axis, posLabel, averagePrecision),
);

/**
 * Area under the ROC curve of several labels an item; `average` over labels "macro" (default), "weighted", "micro", or over
 * items "samples". NaN where a label is always or never on. Shapes: pred and targ [N, labels]. Source: MET-2.
 */
export const RocAucMulti = metricMaker(
  "RocAucMulti",
  { sigmoid: z.boolean().default(true), average: labelAverage, maxFpr },
  ({ maxFpr, ...options }) =>
    labelRanking("roc_auc_score", options, (scores, positive) => rocAuc(scores, positive, maxFpr)),
);

/** Average precision of several labels an item; options as of `RocAucMulti`. Source: MET-2. */
export const APScoreMulti = metricMaker(
  "APScoreMulti",
  { sigmoid: z.boolean().default(true), average: labelAverage },
  (options) => labelRanking("average_precision_score", options, averagePrecision),
);

function numbers(t: Tensor): number[] {
  return t.reshape([-1]).double().toArray() as number[]; // flat
}

function table(t: Tensor): number[][] {
  return t
    .reshape([t.size(0), -1])
    .double()
    .toArray() as number[][]; // two dimensions
}
