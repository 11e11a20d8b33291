import { describe, expect, it } from "vitest";
import { Adam, OptimWrapper } from "../../src/optimizer/index.js";
import { optim, slice, type Tensor, ValueError } from "../../src/torch/index.js";
import { fixture, freshParams, grouped, type Setting, setGrads, values } from "./setting.js";

const { setting, wrapper } = fixture<{ setting: Setting; wrapper: Record<string, Record<string, unknown>[]> }>(
  "optimizer",
);

describe("OptimWrapper", () => {
  it("OPT-21: shows torch's hyper-parameters under fastai's names", () => {
    const params = freshParams(setting);
    const cases = {
      SGD: new optim.SGD(params, { lr: 0.1, momentum: 0.9, weightDecay: 0.01 }),
      AdamW: new optim.AdamW(params, { lr: 0.1 }),
      RMSprop: new optim.RMSprop(params, { lr: 0.1 }),
    };
    for (const [name, opt] of Object.entries(cases)) {
      const { sqr_mom: sqrMom, ...expected } = wrapper[name]?.[0] ?? {};
      const numbers = Object.entries({ ...expected, ...(sqrMom === undefined ? {} : { sqrMom }) });
      const hypers = new OptimWrapper(opt).hypers[0];
      expect(hypers, name).toEqual(Object.fromEntries(numbers.filter(([, value]) => typeof value === "number")));
    }
  });

  it("OPT-21: sets them under those names, elements of betas too", () => {
    const opt = OptimWrapper.over(grouped(setting, freshParams(setting)), optim.AdamW, { lr: slice(1e-2), eps: 1e-5 });
    opt.setHypers({ mom: 0.8, sqrMom: [0.9, 0.95] });
    expect(opt.opt.paramGroups).toMatchObject([
      { lr: 1e-3, betas: [0.8, 0.9], eps: 1e-5 },
      { lr: 1e-2, betas: [0.8, 0.95], eps: 1e-5 },
    ]);
    expect(() => opt.setHyper("betas", 1)).toThrow(ValueError);
  });

  it("OPT-21: AdamW in it takes the steps of Adam", () => {
    const [one, two] = [freshParams(setting), freshParams(setting)];
    const wrapped = OptimWrapper.over(grouped(setting, one), optim.AdamW, {
      lr: 1e-2,
      betas: [0.9, 0.99],
      eps: 1e-5,
      weightDecay: 0.01,
    });
    const ours = Adam(grouped(setting, two), { lr: 1e-2 });
    for (let step = 1; step <= 20; step++) {
      setGrads(setting, one, step);
      setGrads(setting, two, step);
      wrapped.step();
      ours.step();
    }
    expect(values(one)).toEqual(values(two));
  });

  it("OPT-3: freezes groups, and clearState forgets", () => {
    const params = freshParams(setting);
    const opt = OptimWrapper.over(grouped(setting, params), optim.SGD, { lr: 0.1, momentum: 0.9 });
    opt.freeze();
    expect(params.map((p) => p.requiresGrad)).toEqual([false, false, true, true]);
    setGrads(setting, params, 1);
    opt.step();
    expect(opt.stateDict().state.size).toBe(4);
    opt.clearState();
    expect(opt.stateDict().state.size).toBe(0);
    opt.zeroGrad();
    expect(params.every((p: Tensor) => p.grad === null)).toBe(true);
  });
});
