/** Overlap of areas in segmentation, over the whole epoch, from counts that stay on the device. */
import * as z from "zod";
import { stack, type Tensor } from "../../torch/index.js";
import { type ClassCounts, fbetaRatio, jaccardRatio, type Ratio, ratioOf, total } from "./class-scores.js";
import { countPairs, DeviceSum } from "./count-pairs.js";
import { classPair, metricMaker, PairMetric } from "./metric-factory.js";

/** A figure worked out from the counts of each class: pixels of it that were found, that were guessed, that are there. */
class AreaMetric extends PairMetric {
  override readonly higherIsBetter = true;
  readonly #counts = new DeviceSum();

  constructor(
    override readonly name: string,
    private readonly axis: number,
    private readonly figure: (classes: readonly ClassCounts[]) => number | null,
  ) {
    super();
  }

  override reset(): void {
    this.#counts.clear();
  }

  override add(pred: Tensor, targ: Tensor): void {
    const n = pred.size(this.axis);
    const counts = countPairs(...classPair(this.name, pred, targ, this.axis), n); // [n + 1, n]
    const known = counts.narrow(0, 0, n); // [n, n]
    this.#counts.add(stack([known.diagonal(), counts.sum(0), known.sum(1)])); // [3, n]
  }

  override get value(): number | null {
    const counts = this.#counts.sum?.toArray() as number[][] | undefined; // [3, n], see add
    if (!counts) return null;
    const [hits = [], guesses = [], actuals = []] = counts;
    return this.figure(hits.map((hit, k) => ({ hit, guessed: guesses[k] ?? 0, actual: actuals[k] ?? 0 })));
  }
}

/** The mean over the classes that are there or guessed; NaN where none is. */
function meanOverSeen(ratio: Ratio): (classes: readonly ClassCounts[]) => number {
  return (classes) => {
    const seen = classes.filter(({ guessed, actual }) => guessed + actual > 0);
    return total(seen.map((counts) => ratioOf(ratio, counts))) / seen.length;
  };
}

/** The ratio of class 1, the only one besides the background; null where it is neither there nor guessed. */
function ofForeground(ratio: Ratio): (classes: readonly ClassCounts[]) => number | null {
  return ([, counts]) => (counts && counts.guessed + counts.actual > 0 ? ratioOf(ratio, counts) : null);
}

const options = { axis: z.number().int().default(1) };

/**
 * Twice the overlap of predicted and true area over their sum, of two classes, over the whole set.
 * Shapes: pred [N, 2, *] (classes at `axis`, default 1), targ [N, *]. Source: MET-4.
 */
export const Dice = metricMaker(
  "Dice",
  options,
  ({ axis }) => new AreaMetric("dice", axis, ofForeground(fbetaRatio(1))),
);

/** Overlap of predicted and true area over their union, of two classes; shapes as of `Dice`. Source: MET-4. */
export const JaccardCoeff = metricMaker(
  "JaccardCoeff",
  options,
  ({ axis }) => new AreaMetric("jaccard_coeff", axis, ofForeground(jaccardRatio)),
);

/** Mean of `Dice` over the classes that are there or guessed. Shapes: pred [N, classes, *], targ [N, *]. Source: MET-4. */
export const DiceMulti = metricMaker(
  "DiceMulti",
  options,
  ({ axis }) => new AreaMetric("dice_multi", axis, meanOverSeen(fbetaRatio(1))),
);

/** Mean of `JaccardCoeff` over the classes that are there or guessed (mean IoU); shapes as of `DiceMulti`. Source: MET-4. */
export const JaccardCoeffMulti = metricMaker(
  "JaccardCoeffMulti",
  options,
  ({ axis }) => new AreaMetric("jaccard_coeff_multi", axis, meanOverSeen(jaccardRatio)),
);
