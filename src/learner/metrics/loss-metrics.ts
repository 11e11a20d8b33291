/** Metrics of the loss itself and of its parts. */
import * as z from "zod";
import { OptionError, Tensor } from "../../torch/index.js";
import type { TrainingLoop } from "../loop.js";
import { AvgMetric, Metric } from "../metric.js";
import { SmoothLoss } from "../smooth-loss.js";
import { metricMaker } from "./metric-factory.js";

/** The mean loss over the batches of a phase, weighted by their sizes. Source: LRN-27. */
export class AvgLoss extends AvgMetric {
  constructor(name = "loss") {
    super(name, meanLoss, false);
  }
}

/** The batch's loss as one number. */
export function meanLoss(learn: TrainingLoop): Tensor {
  return learn.loss.ndim === 0 ? learn.loss : learn.loss.mean();
}

/**
 * The moving average of the losses, corrected for its start from 0: after losses 1, 2 it is 1.505049. Goes on from phase to
 * phase until `reset`. Source: LRN-27.
 */
export class AvgSmoothLoss extends Metric {
  override readonly name = "loss";
  override readonly higherIsBetter = false;
  #losses: SmoothLoss;

  /** @param beta the share of the old average in the new one. Default 0.98. */
  constructor(readonly beta = 0.98) {
    super();
    this.#losses = new SmoothLoss(beta);
  }

  override reset(): void {
    this.#losses = new SmoothLoss(this.beta);
  }

  override accumulate(learn: TrainingLoop): void {
    this.#losses.add(meanLoss(learn).detach().clone());
  }

  override get value(): number | null {
    return this.#losses.count === 0 ? null : this.#losses.value;
  }
}

class PerplexityMetric extends AvgLoss {
  override get value(): Tensor | number | null {
    const mean = super.value;
    return mean instanceof Tensor ? mean.exp() : mean === null ? null : Math.exp(mean);
  }
}

/** e to the mean loss, of language models. Source: MET-5. */
export const perplexity = metricMaker("perplexity", {}, () => new PerplexityMetric("perplexity"));

/** The mean of a field that the loss sets at each call, such as a part of it. Source: MET-6. */
export const lossMetric = metricMaker(
  "LossMetric",
  { attr: z.string(), name: z.string().optional() },
  ({ attr, name = attr }) =>
    new AvgMetric(name, ({ lossFunc }) => {
      const value = attr.split(".").reduce<unknown>((part, key) => fieldOf(part, key), lossFunc);
      if (value instanceof Tensor || typeof value === "number") return value;
      throw new OptionError(`LossMetric: expected lossFunc.${attr} to be a tensor or a number, got ${String(value)}.`);
    }),
);

function fieldOf(value: unknown, key: string): unknown {
  // What a loss has besides being one is not known here; fields that are missing are undefined.
  return (value as Record<string, unknown> | null | undefined)?.[key];
}

/** The mean of the loss's field `attr` (or `field.of.a.field`), which it sets at each call, under this or another name. Source: MET-6. */
export function LossMetric(attr: string, name?: string): Metric {
  return lossMetric(name === undefined ? { attr } : { attr, name });
}

/**
 * A metric for each of several fields of the loss, given as a list or as "a,b". Source: MET-6.
 *
 * @example
 * new Learner(dls, model, { lossFunc: contentAndStyle, metrics: LossMetrics("content,style") });
 */
export function LossMetrics(attrs: string | readonly string[], names: string | readonly string[] = attrs): Metric[] {
  const list = (of: string | readonly string[]): readonly string[] => (typeof of === "string" ? of.split(",") : of);
  return list(attrs).map((attr, i) => LossMetric(attr, list(names)[i]));
}
