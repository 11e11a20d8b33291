import { describe, expect, it } from "vitest";
import { Learner, lrFind, minimum, type Suggestion, slide, steep, valley } from "../../src/callback/index.js";
import { MSELossFlat } from "../../src/layers/index.js";
import { rand, type Tensor } from "../../src/torch/index.js";
import { classifier, failure, handlers, regressor } from "../learner/setting.js";

function weights(learn: { model: { stateDict(): Map<string, Tensor> } }): unknown[] {
  return [...learn.model.stateDict().values()].map((t) => t.toArray());
}

describe("lrFind", () => {
  it("SCH-9, SCH-10: tries rising learning rates, suggests, and leaves no trace", async () => {
    const learn = classifier();
    await learn.fit(1);
    const before = weights(learn);
    const state = JSON.stringify(learn.opt?.stateDict(), (_, v) => (v?.toArray ? v.toArray() : v));
    const drawing = handlers(["beforeBatch"], () => void rand([3]));
    learn.addCbs(drawing);
    const { getRngState } = await import("../../src/torch/index.js");
    const random = getRngState().toArray();
    const found = await lrFind(learn, { suggestFuncs: [valley, minimum, steep, slide] });
    expect(weights(learn)).toEqual(before);
    expect(JSON.stringify(learn.opt?.stateDict(), (_, v) => (v?.toArray ? v.toArray() : v))).toBe(state);
    expect(getRngState().toArray()).toEqual(random);
    const { lrs } = learn.recorder;
    expect(lrs[0]).toBeCloseTo(1e-7, 12);
    expect(lrs[50]).toBeCloseTo(1e-7 * 1e8 ** 0.5, 9);
    for (const name of ["valley", "minimum", "steep", "slide"] as const) {
      expect(found[name]).toBeGreaterThan(1e-7);
      expect(found[name]).toBeLessThan(10);
    }
    expect(found.figure.toSVG()).toContain("valley");
  });

  it("SCH-10: suggests by valley, by functions of one's own, or not at all", async () => {
    const learn = classifier();
    expect(Object.keys(await lrFind(learn))).toEqual(["valley", "figure"]);
    const mine = (lrs: readonly number[], losses: readonly number[]): Suggestion => ({
      lr: 0.5,
      at: { lr: lrs[0] as number, loss: losses[0] as number },
    });
    expect((await lrFind<"mine">(learn, { suggestFuncs: mine })).mine).toBe(0.5);
    expect(Object.keys(await lrFind(learn, { suggestFuncs: [], numIt: 10 }))).toEqual(["figure"]);
  });

  it("SCH-9: stops when the loss is four times its best, or not", async () => {
    const learn = regressor([], { nTrain: 40 }, { lr: 1 });
    await lrFind(learn, { startLr: 1e-3, endLr: 1e6, suggestFuncs: [] });
    const stopped = learn.recorder.lrs.length;
    expect(stopped).toBeLessThan(100);
    await lrFind(learn, { startLr: 1e-3, endLr: 1e6, suggestFuncs: [], stopDiv: false });
    expect(learn.recorder.lrs).toHaveLength(100);
  });

  it("says so when there is too little to suggest from", async () => {
    const learn = regressor([], { nTrain: 40 });
    const search = lrFind(learn, { startLr: 10, endLr: 1e9 });
    expect(await failure(search)).toMatch(/before the loss diverges/);
    expect(await failure(lrFind(learn, { numIter: 3 } as object))).toMatch(/got "numIter"/);
  });

  it("undoes everything when the training fails", async () => {
    const learn = regressor();
    const before = weights(learn);
    const failing = handlers(["afterStep"], () => {
      throw new Error("broken");
    });
    learn.addCbs(failing);
    expect(await failure(lrFind(learn))).toMatch(/broken/);
    expect(weights(learn)).toEqual(before);
  });

  it("F-11: is a method of the learner", async () => {
    const { dls, model } = classifier();
    const { train, valid } = dls;
    const learn = new Learner({ train, valid }, model, { lossFunc: MSELossFlat() });
    expect(typeof learn.lrFind).toBe("function");
  });
});
