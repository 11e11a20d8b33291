import { describe, expect, it } from "vitest";
import {
  ActivationStats,
  BnFreeze,
  CastToTensor,
  ChannelsLast,
  Checkpoint,
  CSVLogger,
  CutMix,
  combineScheds,
  EarlyStopping,
  fitOneCycle,
  GradientAccumulation,
  GradientClip,
  LRFinder,
  MCDropout,
  MixedPrecision,
  MixUp,
  ParamScheduler,
  Progress,
  plotSchedules,
  ReduceLROnPlateau,
  SaveModel,
  ShortEpoch,
  ShowGraph,
  schedCos,
  schedNo,
  TensorBoard,
  TerminateOnNaN,
  Tracker,
} from "../../src/callback/index.js";
import { TrainEval } from "../../src/callback/train-eval.js";
import { Callback, type LossFunc, type MetricLike, Recorder, SkipToEpoch } from "../../src/learner/index.js";
import { slice } from "../../src/torch/index.js";
import { classifier, failure, handlers, regressor } from "../learner/setting.js";

it("CBK-25: callbacks run in fastai's order", () => {
  const orders = [
    ...[new TrainEval(), new TerminateOnNaN(), new ChannelsLast(), new ShortEpoch(), new MixUp(), new CutMix()],
    ...[new BnFreeze(), new MCDropout(), new GradientAccumulation(), new CastToTensor(), new MixedPrecision()],
    ...[new GradientClip(), new Recorder(), new TensorBoard(), new ParamScheduler({}), new LRFinder(), new Progress()],
    ...[new CSVLogger(), new Tracker(), new SaveModel(), new ReduceLROnPlateau(), new EarlyStopping(), new ShowGraph()],
    ...[new SkipToEpoch(1), new Checkpoint()],
  ].map((cb) => cb.order ?? 0);
  expect(orders).toEqual([
    ...[-10, -9, -1, 0, 0, 0, 0, 0, 6, 9, 10, 11, 50, 51, 60, 60, 60, 60, 60, 61, 62, 63, 65, 70, 80],
  ]);
  expect(new ActivationStats().order).toBe(-20);
});

describe("mistakes leave weights and records as they were", () => {
  it("SCH-2: a schedule whose shares do not add up to 1", () => {
    expect(() => combineScheds([0.5, 0.6], [schedNo(1, 1), schedNo(1, 1)])).toThrow(/add up to 1.*\[0\.5, 0\.6\]/);
  });

  it("SCH-4: an unknown hyper-parameter names those that there are", async () => {
    const learn = classifier();
    const weights = learn.model.parameters().map((p) => p.toArray());
    const fit = learn.fit(1, { cbs: new ParamScheduler({ momentum: schedCos(1, 0) }) });
    expect(await failure(fit)).toMatch(
      /"paramScheduler" failed in beforeBatch.*one of eps, lr, mom, sqrMom, wd, got momentum/,
    );
    expect(learn.model.parameters().map((p) => p.toArray())).toEqual(weights);
    await learn.fit(1);
    expect(learn.recorder.values).toHaveLength(1);
  });

  it("SCH-5: a misspelt option, and rates for another number of layer groups", async () => {
    const learn = classifier();
    expect(await failure(fitOneCycle(learn, 1, JSON.parse('{"lr_max": 1}')))).toMatch(/Did you mean "lrMax"/);
    expect(await failure(fitOneCycle(learn, 1, { lrMax: [1, 2, 3] }))).toMatch(/expected 1 values of lr/);
    await fitOneCycle(learn, 1, { lrMax: slice(1e-3) });
  });

  it("LRN-7: a callback that throws in the middle", async () => {
    const learn = regressor([], { nTrain: 20 });
    await learn.fit(1);
    const failing = handlers(["afterBatch"], (_, { trainIter }) => {
      if (trainIter === 3) throw new Error("broken");
    });
    expect(await failure(learn.fit(2, { cbs: failing }))).toMatch(/"handlers" failed in afterBatch: broken/);
    expect(learn.recorder.losses).toHaveLength(2);
    expect(learn.fitting).toBe(false);
    const again = await learn.validate();
    expect(Number.isFinite(again[0])).toBe(true);
    await learn.fit(1);
    expect(learn.recorder.losses).toHaveLength(5);
  });

  it("LRN-7: a handler whose name is almost an event's", async () => {
    class Late extends Callback {
      beforeBtach(): void {}
    }
    const learn = regressor();
    const inPython = JSON.parse('{"name": "python", "after_loss": null}');
    expect(await failure(learn.fit(1, { cbs: Late }))).toMatch(/"late".*got beforeBtach. Did you mean "beforeBatch"/);
    expect(await failure(learn.fit(1, { cbs: inPython }))).toMatch(/got after_loss. Did you mean "afterLoss"/);
    expect(learn.cbs).toHaveLength(2);
    await learn.fit(1, { cbs: { name: "fine", ...{ afterwards: () => 0, before: 1 } } });
  });

  it("LRN-9, LRN-26: a loss that is no tensor, a metric that is no number", async () => {
    const [five, text] = [() => 5, () => "good"] as unknown as [LossFunc, MetricLike]; // mistakes of plain JavaScript
    expect(await failure(regressor([], {}, { lossFunc: five }).fit(1))).toMatch(
      /expected the loss function to give a tensor, got number/,
    );
    const learn = regressor([], {}, { metrics: text });
    expect(await failure(learn.fit(1))).toMatch(/expected a tensor or a number as the value of a batch, got string/);
    expect(learn.fitting).toBe(false);
  });

  it("CBK-12, CBK-13, OPT-2: numbers that cannot be", async () => {
    expect(() => new GradientAccumulation(0)).toThrow(/items above 0, got 0/);
    expect(() => new GradientClip(-1)).toThrow(/norm above 0, got -1/);
    const learn = regressor();
    const weights = learn.model.parameters().map((p) => p.toArray());
    expect(await failure(learn.fit(1, { lr: Number.NaN }))).toMatch(/expected a number for lr, got NaN/);
    expect(await failure(learn.fit(1, { lr: JSON.parse('"1e-3"') }))).toMatch(/expected a number for lr, got "1e-3"/);
    expect(learn.model.parameters().map((p) => p.toArray())).toEqual(weights);
  });

  it("CBK-4: a loss that is no number", async () => {
    const learn = regressor();
    const breaking = handlers(["afterPred"], (_, l) => {
      if (l.training && l.trainIter === 1) l.pred = l.pred.mul(Number.NaN);
    });
    await learn.fit(3, { cbs: [breaking, TerminateOnNaN] });
    expect(learn.recorder.rawLosses.map(Number.isNaN)).toEqual([false]); // the fit ends before it is recorded
  });
});

it("SCH-1: plotSchedules draws a fit before there is one", () => {
  const svg = plotSchedules({ lr: schedCos([1e-3, 1e-2], [0, 0]), mom: schedNo(0.9, 0.9) }).toSVG();
  for (const name of ["lr 0", "lr 1", "mom", "Share of the fit"]) expect(svg).toContain(name);
});

it("LRN-7: callbacks have fastai's names too", async () => {
  const all: Record<string, unknown> = await import("../../src/callback/index.js");
  const both = Object.keys(all).filter((name) => all[`${name}Callback`] !== undefined && name !== "Hook");
  expect(both).toHaveLength(13);
  for (const name of both) expect(all[`${name}Callback`], name).toBe(all[name]);
});
