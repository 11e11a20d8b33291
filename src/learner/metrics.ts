import { type ZodType, z } from "zod";
import { register, rememberSpec, ShapeError, type Tensor } from "../torch/index.js";
import { asMetric, averageMetric, type Metric } from "./metric.js";

/** Options of classification metrics. */
export interface AccuracyOptions {
  /** The dimension of the classes in the prediction. Default: -1. */
  axis?: number;
}

/** Options of `topKAccuracy`. */
export interface TopKAccuracyOptions extends AccuracyOptions {
  /** How many guesses count. Default: 5. */
  k?: number;
}

/** A metric that is a function of one batch as well: `f(pred, targ, options)` its value, `f(options)` the metric. */
export interface MetricFunction<O> {
  (pred: Tensor, targ: Tensor, options?: O): Tensor;
  (options?: O): Metric;
}

const accuracyConfig = z.strictObject({ axis: z.number().int().optional() });

type BatchFunc<O> = (pred: Tensor, targ: Tensor, options: O) => Tensor;

function metricFunction<O extends AccuracyOptions>(
  name: string,
  func: BatchFunc<O>,
  higherIsBetter: boolean,
  config: ZodType<O>,
): MetricFunction<O> {
  const make = (options: O): Metric => {
    const metric = averageMetric((pred, targ) => func(pred, targ, options), { name, higherIsBetter });
    return rememberSpec(metric, `metric.${name}`, options);
  };
  function both(...args: [pred: Tensor, targ: Tensor, options?: O] | [options?: O]): Tensor | Metric {
    const none = {} as O; // every option has a default
    if (args.length < 2) return make((args[0] as O | undefined) ?? none);
    const [pred, targ, options = none] = args as [Tensor, Tensor, O?];
    return func(pred, targ, options);
  }
  register(`metric.${name}`, { config, fromConfig: make });
  return asMetric(both as MetricFunction<O>, () => make({} as O));
}

/** Predictions and targets as flat lists of classes. */
function classes(pred: Tensor, targ: Tensor, axis: number): [pred: Tensor, targ: Tensor] {
  const guess = pred.argmax(axis);
  if (guess.numel() === targ.numel()) return [guess.reshape([-1]), targ.reshape([-1])];
  throw new ShapeError(
    `accuracy: expected a target for each prediction, got predictions [${pred.shape}] (classes at axis ${axis}) and ` +
      `targets [${targ.shape}]. Choose the axis of the classes.`,
  );
}

/**
 * The share of predictions whose greatest class is the target.
 * Shapes: pred [*, classes] (classes at `axis`), targ [*] -> scalar. Source: MET-1.
 */
export const accuracy: MetricFunction<AccuracyOptions> = metricFunction(
  "accuracy",
  (pred, targ, { axis = -1 }) => {
    const [p, t] = classes(pred, targ, axis);
    return p.eq(t).float().mean();
  },
  true,
  accuracyConfig,
);

/** One minus `accuracy`. Source: MET-1. */
export const errorRate: MetricFunction<AccuracyOptions> = metricFunction(
  "error_rate",
  (pred, targ, { axis = -1 }) => {
    const [p, t] = classes(pred, targ, axis);
    return p.ne(t).float().mean();
  },
  false,
  accuracyConfig,
);

/** The share of predictions with the target among the `k` greatest classes. Source: MET-1. */
export const topKAccuracy: MetricFunction<TopKAccuracyOptions> = metricFunction(
  "top_k_accuracy",
  (pred, targ, { k = 5, axis = -1 }) => {
    const { indices } = pred.topk(k, { dim: axis });
    return indices.eq(targ.unsqueeze(axis)).any({ dim: axis }).float().mean();
  },
  true,
  accuracyConfig.extend({ k: z.number().int().optional() }),
);
