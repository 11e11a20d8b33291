/** Metrics of regression over the whole epoch, from sums in float64 that stay on the device. */
import { keep, searchsorted, stack, type Tensor } from "../../torch/index.js";
import { AccumMetric } from "./accum-metric.js";
import { DeviceSum } from "./count-pairs.js";
import { flatPair, metricFunction, metricMaker, PairMetric } from "./metric-factory.js";

/** By what predictions and targets are shifted: by nothing, by the first target, or each by the first of its own. */
type Shift = "none" | "target" | "own";

/** A figure worked out from sums of terms of predictions and targets. */
class SumsMetric extends PairMetric {
  readonly #sums = new DeviceSum();
  /** What predictions and targets are shifted by: sums of small numbers keep their digits. */
  #origin: readonly [Tensor, Tensor] | null = null;
  #n = 0;

  constructor(
    override readonly name: string,
    override readonly higherIsBetter: boolean,
    private readonly terms: (pred: Tensor, targ: Tensor) => readonly Tensor[],
    private readonly figure: (sums: readonly number[], n: number) => number,
    private readonly shift: Shift = "none",
  ) {
    super();
  }

  override reset(): void {
    this.#sums.clear();
    for (const t of this.#origin ?? []) t.dispose();
    this.#origin = null;
    this.#n = 0;
  }

  override add(pred: Tensor, targ: Tensor): void {
    let [p, t] = flatPair(this.name, pred, targ).map((x) => x.double()) as [Tensor, Tensor];
    if (p.numel() === 0) return;
    if (this.shift !== "none") {
      this.#origin ??= [first(this.shift === "own" ? p : t), first(t)];
      [p, t] = [p.sub(this.#origin[0]), t.sub(this.#origin[1])];
    }
    this.#sums.add(stack(this.terms(p, t).map((term) => term.sum())));
    this.#n += p.numel();
  }

  override get value(): number | null {
    const sums = this.#sums.sum?.toArray() as number[] | undefined; // a list of terms
    return sums ? this.figure(sums, this.#n) : null;
  }
}

const rmseMaker = metricMaker(
  "rmse",
  {},
  () =>
    new SumsMetric(
      "rmse",
      false,
      (p, t) => [p.sub(t).square()],
      ([square = 0], n) => Math.sqrt(square / n),
    ),
);

/** Root of the mean squared error over the whole epoch. Shapes: pred and targ of equal size. Source: MET-3. */
export const rmse = metricFunction(rmseMaker, (pred, targ) => {
  const [p, t] = flatPair("rmse", pred, targ);
  return p.sub(t).square().mean().sqrt();
});

const expRmspeMaker = metricMaker(
  "exp_rmspe",
  {},
  () =>
    new SumsMetric(
      "exp_rmspe",
      false,
      (p, t) => [t.exp().sub(p.exp()).div(t.exp()).square()],
      ([square = 0], n) => Math.sqrt(square / n),
    ),
);

/** Root of the mean squared error in percent of e^x over the whole epoch. Shapes: pred and targ of equal size. Source: MET-3. */
export const expRmspe = metricFunction(expRmspeMaker, (pred, targ) => {
  const [p, t] = flatPair("expRmspe", pred, targ).map((x) => x.exp()) as [Tensor, Tensor];
  return t.sub(p).div(t).square().mean().sqrt();
});

/** The share that is explained: 1 - unexplained / all; where there is nothing to explain 1 if that is done, else 0. */
function explained(unexplained: number, all: number): number {
  if (all === 0) return unexplained === 0 ? 1 : 0;
  return 1 - unexplained / all;
}

/** Terms of the difference and of the target, whose first and second powers give means and variances. */
function errorTerms(p: Tensor, t: Tensor): readonly Tensor[] {
  const difference = t.sub(p);
  return [difference, difference.square(), t, t.square()];
}

function varianceMetric(name: string, countsOffset: boolean): SumsMetric {
  const figure = ([difference = 0, square = 0, targ = 0, targSquare = 0]: readonly number[], n: number): number => {
    const offset = countsOffset ? 0 : difference ** 2 / n;
    return explained(square - offset, targSquare - targ ** 2 / n);
  };
  return new SumsMetric(name, true, errorTerms, figure, "target");
}

/** The share of the targets' variance that is explained, offsets not forgiven (R², coefficient of determination). Source: MET-3. */
export const R2Score = metricMaker("R2Score", {}, () => varianceMetric("r2_score", true));

/** The share of the targets' variance that is explained, a constant offset forgiven. Source: MET-3. */
export const ExplainedVariance = metricMaker("ExplainedVariance", {}, () =>
  varianceMetric("explained_variance_score", false),
);

/** The linear correlation of predictions and targets, -1 to 1; NaN where either is constant. Source: MET-3. */
export const PearsonCorrCoef = metricMaker(
  "PearsonCorrCoef",
  {},
  () =>
    new SumsMetric(
      "pearsonr",
      true,
      (p, t) => [p, t, p.square(), t.square(), p.mul(t)],
      ([p = 0, t = 0, pp = 0, tt = 0, pt = 0], n) =>
        (pt - (p * t) / n) / Math.sqrt((pp - p ** 2 / n) * (tt - t ** 2 / n)),
      "own",
    ),
);

/** The correlation of the ranks of predictions and targets, ties share their mean rank; NaN where either is constant. Source: MET-3. */
export const SpearmanCorrCoef = metricMaker(
  "SpearmanCorrCoef",
  {},
  () =>
    new AccumMetric((preds, targs) => PearsonCorrCoef().score(ranks(preds), ranks(targs)) ?? Number.NaN, {
      name: "spearmanr",
      higherIsBetter: true,
    }),
);

function first(values: Tensor): Tensor {
  return keep(values.narrow(0, 0, 1).clone());
}

/** The rank of each value from 1 on; equal values share the mean of theirs. Shapes: [N] -> [N] float64. */
function ranks(values: Tensor): Tensor {
  const sorted = values.contiguous().sort().values;
  const below = searchsorted(sorted, values.contiguous()); // [N] how many are smaller
  const upTo = searchsorted(sorted, values.contiguous(), { right: true }); // [N] how many are not greater
  return below.add(upTo).add(1).double().div(2);
}
