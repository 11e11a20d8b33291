import { describe, expect, it } from "vitest";
import { fitOneCycle } from "../../src/callback/fit-schedules.js";
import {
  accuracy,
  averageMetric,
  errorRate,
  getPreds,
  Metric,
  Recorder,
  type TrainingLoop,
  topKAccuracy,
  ValueMetric,
} from "../../src/learner/index.js";
import { SmoothLoss } from "../../src/learner/smooth-loss.js";
import { SGD } from "../../src/optimizer/index.js";
import { type Tensor, tensor } from "../../src/torch/index.js";
import { classifier, fixture, type QuietLoop, regressor } from "./setting.js";

interface Recorded {
  names: string[];
  losses: number[];
  raw: number[];
  lrs: number[];
  values: number[][];
  iters: number[];
  validate: number[];
  preds: number[][];
  targs: number[];
  decoded: number[];
  itemLosses: number[];
  weight: number[][];
  runningMean: number[];
}

const { records } = fixture<{ records: Record<string, Recorded> }>("learner");

/** float32 on both sides: losses agree to 1e-4, relative, over a few dozen steps. */
function close(got: readonly number[], expected: readonly number[], rtol = 1e-4): void {
  expect(got).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs((got[i] as number) - value), `${i}: ${got[i]} is not ${value}`).toBeLessThan(
      1e-6 + rtol * Math.abs(value),
    );
  }
}

async function compare(learn: QuietLoop, expected: Recorded): Promise<void> {
  const { recorder } = learn;
  expect(recorder.metricNames).toEqual(expected.names);
  close(recorder.rawLosses, expected.raw);
  close(recorder.losses, expected.losses);
  close(recorder.lrs, expected.lrs, 1e-12);
  expect(recorder.iters).toEqual(expected.iters);
  const { values } = recorder;
  expect(values).toHaveLength(expected.values.length);
  for (const [i, row] of expected.values.entries()) close(values[i] as number[], row);
  const got = await getPreds(learn, { withDecoded: true, withLoss: true });
  close(got.preds.flatten().toArray() as number[], expected.preds.flat(), 1e-4);
  expect(got.targs?.toArray()).toEqual(expected.targs);
  expect(got.decoded.toArray()).toEqual(expected.decoded);
  close(got.losses.toArray() as number[], expected.itemLosses, 1e-4);
  close((await learn.validate()) as number[], expected.validate);
  close((learn.model.parameters()[0] as Tensor).flatten().toArray() as number[], expected.weight.flat(), 1e-4);
}

const metrics = () => [accuracy, errorRate, topKAccuracy({ k: 2 })];

describe("Recorder", () => {
  it("LRN-28: records fastai's values: fit", async () => {
    const learn = classifier({ metrics: metrics() });
    await learn.fit(3, 1e-2);
    await compare(learn, records.fit as Recorded);
  });

  it("LRN-28, SCH-5: records fastai's values: one cycle", async () => {
    const learn = classifier({ metrics: metrics() });
    await fitOneCycle(learn, 2, 3e-2);
    await compare(learn, records.oneCycle as Recorded);
  });

  it("LRN-13: records fastai's values: SGD with the learner's lr and wd", async () => {
    const optFunc = (params: Parameters<typeof SGD>[0], hypers: object) => SGD(params, { mom: 0.9, ...hypers });
    const learn = classifier({ metrics: metrics(), optFunc, lr: 0.1, wd: 0.05 });
    await learn.fit(2);
    await compare(learn, records.sgdWd as Recorded);
  });

  it("OPT-22: records fastai's values: weight decay on norm layers and biases too", async () => {
    const learn = classifier({ metrics: metrics(), wd: 0.5, wdBnBias: true });
    await learn.fit(2, 1e-2);
    await compare(learn, records.wdBnBias as Recorded);
  });

  it("LRN-28: records fastai's values: metrics on the training batches", async () => {
    const learn = classifier({ metrics: metrics() });
    learn.recorder.trainMetrics = true;
    await learn.fit(2, 1e-2);
    await compare(learn, records.trainMetrics as Recorded);
  });

  it("tells the logger one row an epoch, with the time", async () => {
    const rows: unknown[][] = [];
    const learn = regressor();
    learn.logger = (row) => void rows.push([...row]);
    await learn.fit(2);
    expect(rows.map((row) => row[0])).toEqual([0, 1]);
    expect(rows[0]).toHaveLength(4);
    expect(rows[0]?.[3]).toBe("00:00");
  });

  it("LRN-15: validate gives the validation loss and metrics, without a training column", async () => {
    const learn = classifier({ metrics: accuracy });
    expect(await learn.validate()).toHaveLength(2);
  });

  it("LRN-29: draws the losses", async () => {
    const learn = regressor([], { nTrain: 40 });
    expect(() => learn.recorder.plotLoss()).toThrow(/Call fit first/);
    await learn.fit(2);
    const svg = learn.recorder.plotLoss({ showEpochs: true }).toSVG();
    expect(svg).toContain("train");
    expect(svg).toContain("valid");
    expect(() => learn.recorder.plotSched()).toThrow(/scheduled/);
    await fitOneCycle(learn, 1);
    expect(learn.recorder.plotSched("mom").toSVG()).toContain("mom");
  });

  it("says so when there is none", () => {
    const learn = regressor();
    learn.removeCbs(Recorder);
    expect(learn.hasRecorder).toBe(false);
    expect(() => learn.recorder).toThrow(/Add new Recorder/);
  });
});

describe("SmoothLoss", () => {
  it("LRN-27: is fastai's bias-corrected average", () => {
    const smooth = new SmoothLoss();
    for (const loss of [1, 2, 3, 4]) smooth.add(tensor(loss));
    close(smooth.smoothed, [1, 1.505049, 2.013466, 2.525248], 1e-6);
    expect(smooth.losses).toEqual([1, 2, 3, 4]);
  });

  it("gathers long fits in chunks, and reads what is new", () => {
    const smooth = new SmoothLoss(0);
    for (let i = 0; i < 700; i++) smooth.add(tensor(i));
    expect(smooth.count).toBe(700);
    expect(smooth.value).toBe(699);
    smooth.add(tensor([1, 3]));
    expect(smooth.losses).toHaveLength(701);
    expect(smooth.value).toBe(2);
  });
});

describe("metrics", () => {
  it("F-23: may be objects, classes and functions", async () => {
    class Count extends Metric {
      n = 0;
      sum: Tensor | null = null;
      override reset(): void {
        this.n = 0;
        this.sum = null;
      }
      override accumulate(learn: TrainingLoop): void {
        this.n += 1;
        this.sum = this.sum ? this.sum.add(learn.pred.sum()) : learn.pred.sum();
      }
      override get value(): number {
        return this.n + 0 * Number(this.sum?.item());
      }
    }
    const mse = averageMetric((pred, targ) => pred.sub(targ).pow(2).mean(), { name: "mse" });
    const mae = (pred: Tensor, targ: Tensor) => pred.sub(targ).abs().mean();
    const fixed = new ValueMetric(() => 7, "fixed");
    const learn = regressor([], { nValid: 10 }, { metrics: [mse, Count, mae, fixed, (p: Tensor) => p.numel()] });
    await learn.fit(1);
    expect(learn.recorder.metricNames).toEqual([
      "epoch",
      "train_loss",
      "valid_loss",
      "mse",
      "count",
      "mae",
      "fixed",
      "metric",
      "time",
    ]);
    const [, loss, mseValue, count, , seven, numel] = learn.recorder.values[0] as number[];
    expect(mseValue).toBeCloseTo(loss as number, 6);
    expect([count, seven]).toEqual([3, 7]);
    expect(numel).toBeCloseTo((4 * 4 + 4 * 4 + 2 * 2) / 10, 6);
  });

  it("MET-1: are functions of a batch as well", () => {
    const pred = tensor([
      [0.1, 0.9, 0],
      [0.8, 0.1, 0.1],
      [0.2, 0.3, 0.5],
    ]);
    const targ = tensor([1, 2, 2], { dtype: "int64" });
    expect(accuracy(pred, targ).item()).toBeCloseTo(2 / 3, 6);
    expect(errorRate(pred, targ).item()).toBeCloseTo(1 / 3, 6);
    expect(topKAccuracy(pred, targ, { k: 3 }).item()).toBe(1);
    expect(accuracy(pred.t(), targ, { axis: 0 }).item()).toBeCloseTo(2 / 3, 6);
    expect(accuracy({ axis: 1 }).name).toBe("accuracy");
    expect(() => accuracy(pred, tensor([1], { dtype: "int64" }))).toThrow(/a target for each prediction/);
    expect(() => regressor([], {}, { metrics: "accuracy" as never })).toThrow(/got accuracy/);
  });
});
