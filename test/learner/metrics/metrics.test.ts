import { describe, expect, it } from "vitest";
import * as learner from "../../../src/learner/index.js";
import { type Metric, PairMetric } from "../../../src/learner/index.js";
import { fromSpec, ones, randn, type Tensor, tensor, toSpec } from "../../../src/torch/index.js";
import { fixture, QuietLoop } from "../setting.js";
import { lossFunc, passing } from "./setting.js";

interface Case {
  name: string;
  args: number[];
  options: object;
  set: string;
  /** A number, the name of one that JSON has not, or null. */
  value: number | string | null;
}

interface Fixture {
  names: Record<string, string>;
  integers: string[];
  cases: Case[];
  sets: Record<string, { pred: number[][]; targ: number[] }[]>;
}

const { names, integers, cases, sets } = fixture<Fixture>("metrics");

// The names of fastai's metrics are looked up by the fixture's text; each is a function that makes a metric.
const makers = learner as unknown as Record<string, (...args: unknown[]) => Metric>;

function metricOf({ name, args, options }: Pick<Case, "name" | "args" | "options">): Metric {
  const maker = makers[name];
  if (!maker) throw new Error(`there is no ${name}`);
  return maker(...args, options);
}

function batchesOf(set: string): [Tensor, Tensor][] {
  const dtype = integers.includes(set) ? "int64" : set === "far" ? "float64" : "float32";
  const floats = set === "far" ? "float64" : "float32";
  return (sets[set] ?? []).map(({ pred, targ }) => [tensor(pred, { dtype: floats }), tensor(targ, { dtype })]);
}

/** The metric's column after a validation over the batches. */
async function valueOf(metric: Metric, batches: [Tensor, Tensor][]): Promise<number | null> {
  const learn = new QuietLoop({ train: [], valid: batches }, passing(), { lossFunc, metrics: metric });
  learn.logger = () => {};
  return (await learn.validate())[1] as number | null;
}

const rows: Record<string, string> = {
  accuracyMulti: "MET-2",
  mse: "MET-3",
  mae: "MET-3",
  msle: "MET-3",
  rmse: "MET-3",
};
function rowOf(name: string): string {
  if (/^(ExplainedVariance|R2Score|PearsonCorrCoef|SpearmanCorrCoef|expRmspe)$/.test(name)) return "MET-3";
  if (/^(Dice|DiceMulti|JaccardCoeff|JaccardCoeffMulti|foregroundAcc)$/.test(name)) return "MET-4";
  if (name === "CorpusBLEUMetric") return "MET-5";
  return rows[name] ?? (name.endsWith("Multi") ? "MET-2" : "MET-1");
}

const titleOf = ({ name }: Case = cases[0] as Case): string => `${rowOf(name)}: ${name}`;
const groups = [...new Set(cases.map(({ name }) => name))].map((name) => cases.filter((one) => one.name === name));

describe("values over several batches are fastai's, scikit-learn's and scipy's", () => {
  it.each(groups.map((group) => [titleOf(group[0]), group] as const))("%s", async (_, group) => {
    for (const one of group) {
      const value = await valueOf(metricOf(one), batchesOf(one.set));
      const expected = one.value === null ? null : Number(one.value);
      const label = `${one.name}(${one.args}${JSON.stringify(one.options)}) on ${one.set}`;
      expect(value === null, label).toBe(expected === null);
      if (expected !== null) expect(value, label).toBeClose(expected, { rtol: 2e-6, atol: 1e-6 });
    }
  });

  it("MET-7: columns have fastai's names, rmse and exp_rmspe without their underscore", () => {
    for (const [name, column] of Object.entries(names)) {
      const metric = metricOf({ name, args: name.startsWith("FBeta") ? [2] : [], options: {} });
      expect(metric.name).toBe(column.replace(/^_/, ""));
    }
    expect(Object.keys(names)).toHaveLength(42);
  });

  it("MET-1 to MET-5: come back from their descriptions", async () => {
    for (const [one] of groups as [Case][]) {
      const again = fromSpec(JSON.parse(JSON.stringify(toSpec(metricOf(one))))) as Metric;
      expect(await valueOf(again, batchesOf(one.set))).toBe(await valueOf(metricOf(one), batchesOf(one.set)));
    }
  });

  it("MET-3: great offsets cost no digits", async () => {
    for (const maker of [learner.PearsonCorrCoef, learner.R2Score, learner.ExplainedVariance]) {
      const far = await valueOf(maker(), batchesOf("far"));
      expect(far).toBeClose(await valueOf(maker(), batchesOf("near")), { rtol: 1e-6, atol: 0 });
    }
  });
});

describe("a metric alone", () => {
  it("MET-1: scores predictions without a learner", () => {
    const [pred, targ] = batchesOf("four")[0] as [Tensor, Tensor];
    const precision = learner.Precision({ average: "micro" });
    expect(precision.score(pred, targ)).toBeCloseTo(Number(learner.accuracy(pred, targ).item()), 6);
    expect(precision.value).toBeNull();
    expect(learner.rmse(pred, pred).item()).toBe(0);
    expect(learner.expRmspe(pred, pred).item()).toBe(0);
  });

  it("LRN-26: is made anew by each learner that is given its maker", () => {
    const batches = batchesOf("four");
    const make = () =>
      new QuietLoop({ train: [], valid: batches }, passing(), { lossFunc, metrics: [learner.RocAuc, learner.rmse] });
    const [a, b] = [make(), make()];
    expect(a.metrics.map(({ name }) => name)).toEqual(["roc_auc_score", "rmse"]);
    expect(a.metrics[0]).not.toBe(b.metrics[0]);
  });
});

describe("mistakes", () => {
  it("MET-1 to MET-5: shapes that do not fit are both named", () => {
    const pred = tensor([
      [1, 2, 3, 4, 5, 6],
      [3, 4, 5, 6, 7, 8],
    ]);
    const targ = tensor([0, 1, 1], { dtype: "int64" });
    for (const name of [...Object.keys(names), "CorpusBLEUMetric"].filter((name) => name !== "perplexity")) {
      const metric = metricOf({ name, args: name.startsWith("FBeta") ? [2] : [], options: {} });
      const run = (): unknown =>
        metric instanceof PairMetric
          ? metric.score(pred, targ)
          : (makers[name] as unknown as (p: Tensor, t: Tensor) => unknown)(pred, targ);
      expect(run, name).toThrow(/\[2,6\].*\[3\]/);
    }
  });

  it("MET-1, MET-2: rankings of as many items, but of other labels, and more guesses than classes", () => {
    const [pred, labels] = [randn([4, 3]), ones([4, 2])];
    for (const metric of [learner.RocAuc(), learner.RocAucMulti(), learner.APScoreMulti()]) {
      expect(() => metric.score(pred, labels), metric.name).toThrow(/predictions \[4,3\] and targets \[4,2\]/);
    }
    expect(() => learner.topKAccuracy(pred, ones([4]).long())).toThrow(/k of at most 3 classes, got 5 for \[4,3\]/);
  });

  it("MET-1: an unknown option or value says what there is", () => {
    expect(() => learner.F1Score(JSON.parse('{"avrage": "macro"}'))).toThrow(/Did you mean "average"/);
    expect(() => learner.F1Score({ average: JSON.parse('"samples"') })).toThrow(/"macro"/);
    expect(() => learner.FBeta(-1)).toThrow(/beta/);
  });
});
