/** Metrics that are a mean over batches: functions of one batch as well. */
import * as z from "zod";
import { nn, OptionError, type Tensor, where } from "../../torch/index.js";
import { type AvgMetric, averageMetric } from "../metric.js";
import {
  axisOption,
  classPair,
  flatPair,
  type MetricFunction,
  metricFunction,
  metricMaker,
  shapesDiffer,
} from "./metric-factory.js";

/** How a metric over batches is made. */
interface BatchMetric<Shape extends z.ZodRawShape> {
  readonly name: string;
  readonly higherIsBetter: boolean;
  readonly options: Shape;
  of(pred: Tensor, targ: Tensor, options: z.output<z.ZodObject<Shape>>): Tensor;
}

function batchMetric<Shape extends z.ZodRawShape>(
  metric: BatchMetric<Shape>,
): MetricFunction<z.input<z.ZodObject<Shape>>> {
  const { name, higherIsBetter } = metric;
  const schema = z.object(metric.options);
  const maker = metricMaker(
    name,
    metric.options,
    (options): AvgMetric => averageMetric((pred, targ) => metric.of(pred, targ, options), { name, higherIsBetter }),
  );
  return metricFunction(maker, (pred, targ, options) => metric.of(pred, targ, schema.parse(options)));
}

/**
 * The share of predictions whose greatest class is the target. Option `axis`: the dimension of the classes, default -1.
 * Shapes: pred [*, classes], targ [*] -> scalar. Source: MET-1.
 */
export const accuracy = batchMetric({
  name: "accuracy",
  higherIsBetter: true,
  options: { axis: axisOption },
  of(pred, targ, { axis }) {
    const [p, t] = classPair("accuracy", pred, targ, axis);
    return p.eq(t).float().mean();
  },
});

/** One minus `accuracy`. Source: MET-1. */
export const errorRate = batchMetric({
  name: "error_rate",
  higherIsBetter: false,
  options: { axis: axisOption },
  of(pred, targ, { axis }) {
    const [p, t] = classPair("errorRate", pred, targ, axis);
    return p.ne(t).float().mean();
  },
});

/** The share of predictions with the target among the `k` (default 5) greatest classes. Source: MET-1. */
export const topKAccuracy = batchMetric({
  name: "top_k_accuracy",
  higherIsBetter: true,
  options: {
    /** How many guesses count. Default: 5. */
    k: z.number().int().default(5),
    /** The dimension of the classes in the prediction. Default: -1. */
    axis: axisOption,
  },
  of(pred, targ, { k, axis }) {
    if (k > pred.size(axis)) {
      throw new OptionError(
        `topKAccuracy: expected k of at most ${pred.size(axis)} classes, got ${k} for [${pred.shape}].`,
      );
    }
    const { indices } = pred.topk(k, { dim: axis });
    if (targ.numel() * k !== indices.numel()) throw shapesDiffer("topKAccuracy", pred, targ, "Choose another axis.");
    return indices.eq(targ.unsqueeze(axis)).any({ dim: axis }).float().mean();
  },
});

/**
 * The share of labels decided rightly; a label is on where the sigmoid (`sigmoid`, default true) of its output is above
 * `thresh` (default 0.5). Shapes: pred and targ [N, labels] alike. Source: MET-2.
 */
export const accuracyMulti = batchMetric({
  name: "accuracy_multi",
  higherIsBetter: true,
  options: { thresh: z.number().default(0.5), sigmoid: z.boolean().default(true) },
  of(pred, targ, { thresh, sigmoid }) {
    const [p, t] = flatPair("accuracyMulti", pred, targ);
    return (sigmoid ? p.sigmoid() : p).gt(thresh).eq(t.bool()).float().mean();
  },
});

/** Mean squared error. Shapes: pred and targ of equal size. Source: MET-3. */
export const mse = batchMetric({
  name: "mse",
  higherIsBetter: false,
  options: {},
  of: (pred, targ) => nn.functional.mseLoss(...flatPair("mse", pred, targ)),
});

/** Mean absolute error. Shapes: pred and targ of equal size. Source: MET-3. */
export const mae = batchMetric({
  name: "mae",
  higherIsBetter: false,
  options: {},
  of(pred, targ) {
    const [p, t] = flatPair("mae", pred, targ);
    return p.sub(t).abs().mean();
  },
});

/** Mean squared error of log(1 + x). Shapes: pred and targ of equal size. Source: MET-3. */
export const msle = batchMetric({
  name: "msle",
  higherIsBetter: false,
  options: {},
  of(pred, targ) {
    const [p, t] = flatPair("msle", pred, targ);
    return nn.functional.mseLoss(p.add(1).log(), t.add(1).log());
  },
});

/**
 * The share of right pixels among those whose target is not the background `bkgIdx` (default 0). The classes of the
 * prediction are at `axis` (default 1). Shapes: pred [N, classes, *], targ [N, *] or [N, 1, *]. Source: MET-4.
 */
export const foregroundAcc = batchMetric({
  name: "foreground_acc",
  higherIsBetter: true,
  options: { bkgIdx: z.number().int().default(0), axis: z.number().int().default(1) },
  of(pred, targ, { bkgIdx, axis }) {
    const [p, t] = classPair("foregroundAcc", pred, targ, axis);
    const counts = t.ne(bkgIdx);
    const right = where(counts, p.eq(t), false).float().sum();
    return right.div(counts.float().sum());
  },
});
