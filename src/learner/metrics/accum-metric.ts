/** Metrics that need all predictions and targets at once. */
import { cat, keep, type Tensor } from "../../torch/index.js";
import { PairMetric, shapesDiffer } from "./metric-factory.js";

/** What becomes of the model's output before it is stored. */
export type MetricActivation = "no" | "sigmoid" | "softmax" | "binarySoftmax";

/** Options of `AccumMetric`. */
export interface AccumMetricOptions {
  /** The dimension of the classes; the greatest one is taken, or the softmax goes along it. Default: none. */
  dimArgmax?: number;
  /** Sigmoid, softmax, or the last class of the softmax. Default "no". */
  activation?: MetricActivation;
  /** Predictions become whether they are at least so much. Default: they stay. */
  thresh?: number;
  /** Whether predictions and targets are laid flat. Default true. */
  flatten?: boolean;
  /** The column's name. Default: the function's. */
  name?: string;
  /** Whether a greater value is a better one. Default: unknown. */
  higherIsBetter?: boolean;
}

/** A figure of all predictions and targets of an epoch. */
export type AccumFunc = (preds: Tensor, targs: Tensor) => Tensor | number;

/**
 * Stores predictions and targets, where they are, and computes once at the end. Source: MET-1, fastai `AccumMetric`.
 *
 * @example
 * const maxError = new AccumMetric((preds, targs) => preds.sub(targs).abs().max(), { name: "max_error" });
 */
export class AccumMetric extends PairMetric {
  override readonly name: string;
  override readonly higherIsBetter?: boolean;
  readonly #func: AccumFunc;
  readonly #options: AccumMetricOptions;
  #preds: Tensor[] = [];
  #targs: Tensor[] = [];

  constructor(func: AccumFunc, options: AccumMetricOptions = {}) {
    super();
    this.#func = func;
    this.#options = options;
    this.name = options.name ?? (func.name || "metric");
    this.higherIsBetter = options.higherIsBetter;
  }

  override reset(): void {
    for (const t of [...this.#preds, ...this.#targs]) t.dispose();
    this.#preds = [];
    this.#targs = [];
  }

  override add(pred: Tensor, targ: Tensor): void {
    const active = activated(pred, this.#options);
    const { flatten = true, thresh } = this.#options;
    const decided = thresh === undefined ? active : active.ge(thresh);
    const fits = flatten ? decided.numel() === targ.numel() : decided.size(0) === targ.size(0);
    if (!fits) throw shapesDiffer(this.name, pred, targ, "Both are to have as many items.");
    const [p, t] = flatten ? [decided.reshape([-1]), targ.reshape([-1])] : [decided, targ];
    this.#preds.push(keep(p.detach().clone()));
    this.#targs.push(keep(t.detach().clone()));
  }

  override get value(): Tensor | number | null {
    if (this.#preds.length === 0) return null;
    const [preds, targs] = [cat(this.#preds), cat(this.#targs)];
    const value = this.#func(preds, targs);
    for (const t of [preds, targs]) if (t !== value) t.dispose();
    return value;
  }
}

function activated(pred: Tensor, { activation = "no", dimArgmax }: AccumMetricOptions): Tensor {
  if (activation === "sigmoid") return pred.sigmoid();
  if (activation === "no") return dimArgmax === undefined ? pred : pred.argmax(dimArgmax);
  const probs = pred.softmax(dimArgmax ?? -1);
  return activation === "softmax" ? probs : probs.select(1, -1);
}

/** Options of `skmToFastai`. */
export interface SkmToFastaiOptions extends Omit<AccumMetricOptions, "dimArgmax"> {
  /** Whether predictions are classes. Default true. */
  isClass?: boolean;
  /** The dimension of the classes. Default -1. */
  axis?: number;
}

/**
 * A metric from a scoring function that takes targets first, as scikit-learn's do. Of classes the greatest one is taken,
 * or with `thresh` the sigmoid compared. Source: MET-1.
 */
export function skmToFastai(
  func: (targs: Tensor, preds: Tensor) => Tensor | number,
  options: SkmToFastaiOptions = {},
): AccumMetric {
  const { isClass = true, axis = -1, thresh, ...rest } = options;
  const { activation = isClass && thresh !== undefined ? "sigmoid" : "no" } = rest;
  return new AccumMetric((preds, targs) => func(targs, preds), {
    name: func.name || "metric",
    ...rest,
    activation,
    ...(thresh === undefined ? {} : { thresh }),
    ...(isClass && thresh === undefined ? { dimArgmax: axis } : {}),
  });
}
