/** Metrics of several labels an item, over the whole epoch, from counts that stay on the device. */
import * as z from "zod";
import { stack, type Tensor, tensor, where } from "../../torch/index.js";
import {
  averageRatio,
  type ClassCounts,
  fbetaRatio,
  jaccardRatio,
  matthews,
  precisionRatio,
  type Ratio,
  recallRatio,
  total,
} from "./class-scores.js";
import { DeviceSum } from "./count-pairs.js";
import { type MetricMaker, metricMaker, PairMetric, shapesDiffer } from "./metric-factory.js";

/** Counts of one label, and how many items there were. */
interface LabelCounts extends ClassCounts {
  readonly n: number;
}

const decisionOptions = {
  /** The least probability of a label that is on. Default: 0.5. */
  thresh: z.number().default(0.5),
  /** Whether outputs become probabilities by a sigmoid. Default: true. */
  sigmoid: z.boolean().default(true),
};

type Decision = z.output<z.ZodObject<typeof decisionOptions>> & { readonly labels?: readonly number[] };

/** A figure worked out from the decisions about each label: a label is on where its probability reaches `thresh`. */
class LabelsMetric extends PairMetric {
  /** Right guesses, guesses and targets of each label; then the sum of the items' scores; then the number of items. */
  readonly #counts = new DeviceSum();

  constructor(
    override readonly name: string,
    override readonly higherIsBetter: boolean,
    private readonly decision: Decision,
    private readonly figure: (labels: readonly LabelCounts[], itemScores: number) => number,
    private readonly ratio?: Ratio,
  ) {
    super();
  }

  override reset(): void {
    this.#counts.clear();
  }

  override add(pred: Tensor, targ: Tensor): void {
    if (pred.ndim !== 2 || pred.shape.join() !== targ.shape.join()) {
      throw shapesDiffer(this.name, pred, targ, "Both are to be [items, labels].");
    }
    const { thresh, sigmoid, labels } = this.decision;
    const chosen = (t: Tensor): Tensor =>
      labels ? t.indexSelect(1, tensor([...labels], { dtype: "int64", device: t.device })) : t;
    const guessed = chosen((sigmoid ? pred.sigmoid() : pred).ge(thresh)).double(); // [N, L]
    const actual = chosen(targ.ne(0)).double(); // [N, L]
    const parts = [guessed.mul(actual), guessed, actual]; // [N, L] each
    const n = guessed.sum(0).fill_(guessed.size(0)); // [L]
    const scores = this.ratio
      ? itemScores(
          this.ratio,
          parts.map((part) => part.sum(1)),
        )
      : guessed.newZeros([1]);
    this.#counts.add(stack([...parts.map((part) => part.sum(0)), n, scores.sum().expand(n.shape)])); // [5, L]
  }

  override get value(): number | null {
    const sums = this.#counts.sum?.toArray() as number[][] | undefined; // [5, L], see add
    if (!sums) return null;
    const [hits = [], guesses = [], actuals = [], n = [], scores = []] = sums;
    const labels = hits.map((hit, k) => ({
      hit,
      guessed: guesses[k] ?? 0,
      actual: actuals[k] ?? 0,
      n: n[k] ?? 0,
    }));
    return this.figure(labels, scores[0] ?? 0);
  }
}

/** The ratio of each item over its labels; 0 where there is nothing to divide by. Shapes: [N] each -> [N]. */
function itemScores({ top, hits = 0, guessed = 0, actual = 0 }: Ratio, parts: readonly Tensor[]): Tensor {
  const [hit, guess, target] = parts as [Tensor, Tensor, Tensor];
  const bottom = hit.mul(hits).add(guess.mul(guessed)).add(target.mul(actual)); // [N]
  return where(bottom.eq(0), 0, hit.mul(top).div(bottom));
}

const averageOptions = {
  ...decisionOptions,
  /** Only these labels count. Default: all. */
  labels: z.array(z.number().int()).optional(),
  /** Plain or weighted mean over labels, all decisions together, or mean over items. Default: "macro". */
  average: z.enum(["micro", "macro", "weighted", "samples"]).default("macro"),
};

/** Options of metrics that score each label. */
export type LabelScoreOptions = z.input<z.ZodObject<typeof averageOptions>>;

function ratioLabels(
  name: string,
  ratio: Ratio,
  { average, ...decision }: z.output<z.ZodObject<typeof averageOptions>>,
): LabelsMetric {
  const figure = (labels: readonly LabelCounts[], scores: number): number =>
    average === "samples" ? scores / (labels[0]?.n ?? 0) : averageRatio(ratio, labels, average);
  return new LabelsMetric(name, true, decision, figure, average === "samples" ? ratio : undefined);
}

function ratioMetric(maker: string, name: string, ratio: Ratio): MetricMaker<LabelScoreOptions> {
  return metricMaker(maker, averageOptions, (options) => ratioLabels(name, ratio, options));
}

/**
 * Right guesses of a label over its guesses. A label is guessed where the sigmoid (`sigmoid`, default true) of its output
 * is at least `thresh` (default 0.5). `average`: plain ("macro", default) or weighted mean over labels (or `labels`), of all
 * decisions together ("micro"), or mean over items ("samples").
 * Shapes: pred and targ [N, labels]. Source: MET-2, MET-7.
 */
export const PrecisionMulti = ratioMetric("PrecisionMulti", "precision_score", precisionRatio);

/** Right guesses of a label over its targets; options as of `PrecisionMulti`. Source: MET-2. */
export const RecallMulti = ratioMetric("RecallMulti", "recall_score", recallRatio);

/** Harmonic mean of precision and recall; options as of `PrecisionMulti`. Source: MET-2. */
export const F1ScoreMulti = ratioMetric("F1ScoreMulti", "f1_score", fbetaRatio(1));

/** Right guesses over what is guessed or there; options as of `PrecisionMulti`. Source: MET-2. */
export const JaccardMulti = ratioMetric("JaccardMulti", "jaccard_score", jaccardRatio);

const fbeta = metricMaker("FBetaMulti", { ...averageOptions, beta: z.number().positive() }, ({ beta, ...options }) =>
  ratioLabels("fbeta_score", fbetaRatio(beta), options),
);

/** Mean of precision and recall with recall `beta` times as important; options as of `PrecisionMulti`. Source: MET-2. */
export function FBetaMulti(beta: number, options: LabelScoreOptions = {}): PairMetric {
  return fbeta({ ...options, beta });
}

/** The share of labels decided wrongly. Options `thresh` and `sigmoid` as of `PrecisionMulti`. Source: MET-2. */
export const HammingLossMulti = metricMaker(
  "HammingLossMulti",
  decisionOptions,
  (decision) => new LabelsMetric("hamming_loss", false, decision, wrongShare),
);

/**
 * Mean squared difference of decision (not probability, as in fastai) and target, over all labels: the share of wrong ones.
 * Options `thresh` and `sigmoid` as of `PrecisionMulti`. Source: MET-2.
 */
export const BrierScoreMulti = metricMaker(
  "BrierScoreMulti",
  decisionOptions,
  (decision) => new LabelsMetric("brier_score_loss", false, decision, wrongShare),
);

/**
 * Correlation of decisions and targets, -1 to 1: the mean over labels. Options `thresh` and `sigmoid` as of
 * `PrecisionMulti`. Source: MET-2.
 */
export const MatthewsCorrCoefMulti = metricMaker(
  "MatthewsCorrCoefMulti",
  decisionOptions,
  (decision) =>
    new LabelsMetric(
      "matthews_corrcoef",
      true,
      decision,
      (labels) => total(labels.map((counts) => matthews(twoByTwo(counts)))) / labels.length,
    ),
);

function twoByTwo({ hit, guessed, actual, n }: LabelCounts): number[][] {
  return [
    [n - guessed - actual + hit, guessed - hit],
    [actual - hit, hit],
  ];
}

function wrongShare(labels: readonly LabelCounts[]): number {
  const wrong = labels.map(({ hit, guessed, actual }) => guessed + actual - 2 * hit);
  return total(wrong) / total(labels.map(({ n }) => n));
}
