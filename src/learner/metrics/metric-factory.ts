/** Ways to make metrics that exported learners can name. */
import * as z from "zod";
import { checkOptions, OptionError, register, rememberSpec, ShapeError, Tensor } from "../../torch/index.js";
import type { TrainingLoop } from "../loop.js";
import { asMetric, Metric, readValue } from "../metric.js";

/** A metric of predictions and targets; `score` gives its value on tensors at hand, without a learner. */
export abstract class PairMetric extends Metric {
  /** Adds one batch: the model's output and its targets. */
  abstract add(pred: Tensor, targ: Tensor): void;

  override accumulate(learn: TrainingLoop): void {
    const [targ] = learn.yb;
    if (!targ) throw new ShapeError(`${this.name}: expected a batch with a target, got one without.`);
    this.add(learn.pred.detach(), targ);
  }

  /** The value on these predictions and targets alone. What was added up before is forgotten. */
  score(pred: Tensor, targ: Tensor): number | null {
    this.reset();
    this.add(pred.detach(), targ);
    const value = readValue(this.value);
    this.reset();
    return value;
  }
}

/** Makes a metric from options; a learner also takes the maker itself for the metric with default options. */
export type MetricMaker<O, M extends Metric = PairMetric> = (options?: O) => M;

/** The maker of a metric whose options are described by a schema; exported learners know it as `metric.<name>`. */
export function metricMaker<Shape extends z.ZodRawShape, M extends Metric>(
  name: string,
  shape: Shape,
  make: (options: z.output<z.ZodObject<Shape>>) => M,
): MetricMaker<z.input<z.ZodObject<Shape>>, M> {
  type Options = z.input<z.ZodObject<Shape>>;
  const schema = z.strictObject(shape) as unknown as z.ZodType<z.output<z.ZodObject<Shape>>, Options>;
  const maker = (options: Options = {} as Options): M => {
    checkOptions(name, options, Object.keys(shape));
    const parsed = schema.safeParse(options);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new OptionError(`${name}: expected ${issue?.path.join(".")} as described, got another: ${issue?.message}.`);
    }
    return rememberSpec(make(parsed.data), `metric.${name}`, options);
  };
  register(`metric.${name}`, { config: schema as unknown as z.ZodType<Options>, fromConfig: maker });
  return asMetric(maker, () => maker());
}

/** A metric that is a function of one batch as well: `f(pred, targ, options)` its value, `f(options)` the metric. */
export interface MetricFunction<O> {
  (pred: Tensor, targ: Tensor, options?: O): Tensor;
  (options?: O): Metric;
}

/** A maker whose metric can be computed on one batch alone: `of(pred, targ, options)`. */
export function metricFunction<O>(
  maker: (options?: O) => Metric,
  of: (pred: Tensor, targ: Tensor, options: O) => Tensor,
): MetricFunction<O> {
  function both(...args: [pred: Tensor, targ: Tensor, options?: O] | [options?: O]): Tensor | Metric {
    const [pred, targ, options = {} as O] = args; // every option has a default
    if (pred instanceof Tensor) return of(pred, targ as Tensor, options);
    return maker(pred);
  }
  return asMetric(both as MetricFunction<O>, () => maker());
}

/** The mistake of predictions and targets that do not belong together. */
export function shapesDiffer(where: string, pred: Tensor, targ: Tensor, hint: string): ShapeError {
  return new ShapeError(
    `${where}: expected a target for each prediction, got predictions [${pred.shape}] and targets [${targ.shape}]. ${hint}`,
  );
}

/** Predictions and targets as flat lists of the same length. Throws `ShapeError` naming both shapes. Source: fastai `flatten_check`. */
export function flatPair(where: string, pred: Tensor, targ: Tensor): [pred: Tensor, targ: Tensor] {
  if (pred.numel() === targ.numel()) return [pred.reshape([-1]), targ.reshape([-1])];
  throw shapesDiffer(where, pred, targ, "Give the model as many outputs as there are targets.");
}

/** The most likely classes and the targets as flat lists; the classes are at `axis` of the prediction. */
export function classPair(where: string, pred: Tensor, targ: Tensor, axis: number): [pred: Tensor, targ: Tensor] {
  const guess = pred.argmax(axis);
  if (guess.numel() === targ.numel()) return [guess.reshape([-1]), targ.reshape([-1])];
  throw shapesDiffer(where, pred, targ, `The classes are looked for at axis ${axis}: choose their axis.`);
}

/** The axis of the classes in the prediction. */
export const axisOption = z.number().int().default(-1);
