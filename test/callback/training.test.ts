import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  CSVLogger,
  EarlyStopping,
  GradientAccumulation,
  GradientClip,
  ReduceLROnPlateau,
  SaveModel,
  TerminateOnNaN,
  Tracker,
} from "../../src/callback/index.js";
import { accuracy, ValueMetric } from "../../src/learner/index.js";
import { camel, classifier, failure, fixture, handlers, regressor, tracer } from "../learner/setting.js";
import { useFolder } from "./folder.js";

interface Recorded {
  raw: number[];
  losses: number[];
  values: number[][];
}

const { traces, records } = fixture<{ traces: Record<string, string[]>; records: Record<string, Recorded> }>("learner");

const folder = useFolder();

/** A learner whose epochs end with these values in the column "score". */
function scored(values: readonly number[], higherIsBetter = false) {
  let epoch = 0;
  const score = Object.assign(new ValueMetric(() => values[epoch++] as number, "score"), { higherIsBetter });
  return regressor([], {}, { metrics: score, path: folder.path });
}

describe("GradientAccumulation", () => {
  it("CBK-12: steps when enough items have been seen, with fastai's events", async () => {
    const trace = tracer();
    await regressor([], { nTrain: 16 }).fit(1, { cbs: [trace, new GradientAccumulation(8)] });
    expect(trace.seen).toEqual(traces.gradientAccumulation?.map(camel));
  });

  it("CBK-12: records fastai's losses", async () => {
    const learn = classifier();
    await learn.fit(2, { lr: 1e-2, cbs: new GradientAccumulation(16) });
    expect([...learn.recorder.rawLosses]).toBeClose(records.accumulation?.raw, { rtol: 1e-4 });
    expect([...learn.recorder.losses]).toBeClose(records.accumulation?.losses, { rtol: 1e-4 });
    learn.opt?.zeroGrad();
  });
});

describe("GradientClip", () => {
  it("CBK-13: records fastai's losses", async () => {
    const learn = classifier();
    await learn.fit(2, { lr: 1e-2, cbs: new GradientClip(0.1) });
    expect([...learn.recorder.rawLosses]).toBeClose(records.clip?.raw, { rtol: 1e-4 });
  });
});

describe("TerminateOnNaN", () => {
  it("CBK-4: ends the fit at the first loss that is no number", async () => {
    const breaking = handlers(["afterLoss"], (_, learn) => {
      if (learn.trainIter === 1) learn.loss = learn.loss.mul(Number.NaN);
    });
    const learn = regressor([], { nTrain: 20 });
    await learn.fit(2, { cbs: [breaking, TerminateOnNaN] });
    expect(learn.recorder.lrs.length).toBeLessThan(3);
  });
});

describe("trackers", () => {
  it("CBK-5: know the best value and which direction is better", async () => {
    for (const [better, best] of [
      [false, 1],
      [true, 5],
    ] as const) {
      const tracker = new Tracker({ monitor: "score" });
      const bests: boolean[] = [];
      const noting = handlers(["afterEpoch"], () => void bests.push(tracker.newBest), { order: 99 });
      await scored([3, 1, 5], better).fit(3, { cbs: [tracker, noting] });
      expect(tracker.best).toBe(best);
      expect(bests).toEqual([true, !better, better]);
    }
    const wrong = regressor().fit(1, { cbs: new Tracker({ monitor: "f1" }) });
    expect(await failure(wrong)).toMatch(/expected a column of the epoch table \(train_loss, valid_loss\), got "f1"/);
    await classifier({ metrics: accuracy }).fit(1, { cbs: new Tracker({ monitor: "validLoss" }) });
  });

  it("CBK-8: EarlyStopping ends the fit when nothing gets better", async () => {
    const learn = scored([3, 2, 2, 2, 2, 2]);
    await learn.fit(6, { cbs: new EarlyStopping({ monitor: "score", patience: 2 }) });
    expect(learn.recorder.values).toHaveLength(4);
    const small = scored([3, 2.9, 2.8, 2]);
    await small.fit(4, { cbs: new EarlyStopping({ monitor: "score", minDelta: 0.5 }) });
    expect(small.recorder.values).toHaveLength(2);
  });

  it("CBK-7: ReduceLROnPlateau divides the learning rate, down to a least one", async () => {
    const learn = scored([3, 3, 3, 3]);
    await learn.fit(4, { lr: 1, cbs: new ReduceLROnPlateau({ monitor: "score", factor: 10, minLr: 0.05 }) });
    expect(learn.recorder.lrs.filter((_, i) => i % 2 === 0)).toEqual([1, 1, 0.1, 0.05]);
  });

  it("CBK-6: SaveModel goes back to the best epoch", async () => {
    const learn = scored([3, 1, 2]);
    const weights: unknown[] = [];
    const noting = handlers(["afterEpoch"], (_, { model }) => void weights.push(model.parameters()[0]?.toArray()));
    const saver = new SaveModel({ monitor: "score", fname: "best" });
    await learn.fit(3, { lr: 0.1, cbs: [noting, saver] });
    expect(learn.model.parameters()[0]?.toArray()).toEqual(weights[1]);
    expect(saver.lastSavedPath).toBe(join(folder.path, "models", "best.safetensors"));
    const often = new SaveModel({ monitor: "score", everyEpoch: 2 });
    await scored([1, 1, 1]).fit(3, { cbs: often });
    expect(often.lastSavedPath).toContain("model_2");
    expect(() => new SaveModel({ everyEpoch: 1, atEnd: true })).toThrow(/Choose one/);
  });

  it("CBK-3: CSVLogger writes the table", async () => {
    const learn = regressor([], {}, { path: folder.path });
    const logger = new CSVLogger();
    await learn.fit(2, { cbs: logger });
    const log = await logger.readLog();
    expect(log.map(({ epoch, train_loss }) => [epoch, train_loss])).toEqual(
      learn.recorder.values.map(([loss], i) => [i, loss]),
    );
    const lines = (await readFile(join(folder.path, "history.csv"), "utf8")).trim().split("\n");
    expect(lines[0]).toBe("epoch,train_loss,valid_loss,time");
    expect(lines.slice(1).map((line) => line.split(",").slice(0, 3).map(Number))).toEqual(
      learn.recorder.values.map((row, i) => [i, ...row]),
    );
  });
});
