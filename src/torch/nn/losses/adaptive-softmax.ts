/** Softmax over many classes of which few are frequent. */
import { checkTensor } from "../../checks.js";
import { checkOptions, ValueError } from "../../errors.js";
import { cat, logSoftmax } from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";
import { Sequential } from "../containers/sequential.js";
import { type FactoryOptions, factoryKeys } from "../factory.js";
import { Linear } from "../linear.js";
import { Module } from "../module.js";

/** Options of `AdaptiveLogSoftmaxWithLoss`. */
export interface AdaptiveSoftmaxOptions extends FactoryOptions {
  /** The hidden size shrinks by this factor from one cluster to the next. Default 4. */
  divValue?: number;
  /** Whether the head has a bias. Default false. */
  headBias?: boolean;
}

/** What `AdaptiveLogSoftmaxWithLoss` returns. */
export interface AdaptiveSoftmaxResult {
  /** Log probability of each row's target [N]. */
  output: Tensor;
  /** Mean of -output. */
  loss: Tensor;
}

/**
 * Log softmax over `nClasses` classes sorted by frequency: a head holds the first `cutoffs[0]` classes and one entry for each
 * rarer cluster, whose classes have smaller layers of their own. Shapes: x [N, inFeatures] or [inFeatures], target [N] or [].
 * Source: Grave et al. 2017.
 */
export class AdaptiveLogSoftmaxWithLoss extends Module<[x: Tensor, target: Tensor], AdaptiveSoftmaxResult> {
  head: Linear;
  tail: Sequential[];
  /** Where the clusters end, `nClasses` included. */
  readonly ends: number[];
  readonly divValue: number;
  readonly headBias: boolean;

  constructor(
    readonly inFeatures: number,
    readonly nClasses: number,
    readonly cutoffs: readonly number[],
    options: AdaptiveSoftmaxOptions = {},
  ) {
    super();
    checkOptions("AdaptiveLogSoftmaxWithLoss", options, ["divValue", "headBias", ...factoryKeys]);
    const { divValue = 4, headBias = false, device, dtype } = options;
    const rising = cutoffs.every((end, i) => Number.isInteger(end) && end > (cutoffs[i - 1] ?? 0));
    if (cutoffs.length === 0 || !rising || (cutoffs.at(-1) ?? 0) >= nClasses) {
      throw new ValueError(
        `AdaptiveLogSoftmaxWithLoss: expected rising cutoffs between 1 and ${nClasses - 1}, got [${cutoffs.join(", ")}].`,
      );
    }
    this.ends = [...cutoffs, nClasses];
    this.divValue = divValue;
    this.headBias = headBias;
    this.head = new Linear(inFeatures, this.shortlist + cutoffs.length, { bias: headBias, device, dtype });
    this.tail = cutoffs.map((start, i) => {
      const hidden = Math.floor(inFeatures / divValue ** (i + 1));
      const classes = (this.ends[i + 1] ?? nClasses) - start;
      const made = { bias: false, device, dtype };
      return new Sequential(new Linear(inFeatures, hidden, made), new Linear(hidden, classes, made));
    });
  }

  /** Number of classes in the head. */
  get shortlist(): number {
    return this.ends[0] ?? 0; // cutoffs are never empty
  }

  forward(x: Tensor, target: Tensor): AdaptiveSoftmaxResult {
    for (const given of [x, target]) checkTensor("AdaptiveLogSoftmaxWithLoss.forward", given);
    const single = target.ndim === 0;
    const [rows, wanted] = single ? [x.unsqueeze(0), target.unsqueeze(0)] : [x, target];
    const head = logSoftmax(this.head(rows), 1); // [N, shortlist + clusters]
    let output = head.gather(1, wanted.clamp(0, this.shortlist - 1).unsqueeze(1)).squeeze(1);
    this.tail.forEach((layer, i) => {
      const [start, end] = [this.ends[i] ?? 0, this.ends[i + 1] ?? 0];
      const inside = wanted.ge(start).logicalAnd(wanted.lt(end)).nonzero().squeeze(1);
      if (inside.numel() === 0) return;
      const local = wanted.indexSelect(0, inside).sub(start).unsqueeze(1);
      const cluster = logSoftmax(layer(rows.indexSelect(0, inside)), 1)
        .gather(1, local)
        .squeeze(1);
      const entry = head.select(1, this.shortlist + i).indexSelect(0, inside);
      output = output.indexPut([inside], cluster.add(entry));
    });
    return { output: single ? output.squeeze(0) : output, loss: output.neg().mean() };
  }

  /** Log probabilities of all classes. Shapes: x [N, inFeatures] -> [N, nClasses]. */
  logProb(x: Tensor): Tensor {
    const head = logSoftmax(this.head(x), 1);
    const clusters = this.tail.map((layer, i) => logSoftmax(layer(x), 1).add(head.narrow(1, this.shortlist + i, 1)));
    return cat([head.narrow(1, 0, this.shortlist), ...clusters], 1);
  }

  /** The most probable class of each row. Shapes: x [N, inFeatures] -> int64 [N]. */
  predict(x: Tensor): Tensor {
    return this.logProb(x).argmax(1);
  }
}
