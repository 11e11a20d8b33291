import { afterEach, describe, expect, it, vi } from "vitest";
import {
  Adam,
  adamStats,
  adamStep,
  averageGrad,
  averageSqrGrad,
  composedAdam,
  Lamb,
  type LayerGroups,
  Lookahead,
  l2Reg,
  lambStep,
  Optimizer,
  type OptimizerStateDict,
  RAdam,
  radamStep,
  ranger,
  SGD,
  type Stepper,
  sgdStep,
  stepStat,
  weightDecay,
} from "../../src/optimizer/index.js";
import { memory, OptionError, ones, scope, slice, Tensor, tensor, ValueError } from "../../src/torch/index.js";
import type { TensorList } from "../../src/torch/optim/index.js";
import { fixture, freshParams, grouped, type Setting, setGrads, values } from "./setting.js";

interface Fixture {
  setting: Setting;
  slices: Record<string, number[]>;
  trajectories: Record<string, { state: { state: Record<string, unknown>[]; hypers: Record<string, number>[] } }>;
}

const { setting, slices, trajectories } = fixture<Fixture>("optimizer");

function fourGroups(): Tensor[][] {
  return [1, 2, 3, 4].map((n) => [ones([n]).requiresGrad_()]);
}

function rates(opt: { hypers: readonly Record<string, number>[] }): (number | undefined)[] {
  return opt.hypers.map((hyper) => hyper.lr);
}

function train(opt: { step(): void }, params: readonly Tensor[], from: number, to: number): void {
  for (let step = from; step <= to; step++) {
    scope(() => {
      setGrads(setting, params, step);
      opt.step();
    });
  }
}

/** A state dict as files give it: dictionaries are Maps. */
function asMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asMaps);
  if (typeof value !== "object" || value === null || value instanceof Tensor) return value;
  return new Map(Object.entries(value).map(([key, item]) => [key, asMaps(item)]));
}

describe("hyper-parameters by group", () => {
  it("OPT-2: a slice with an end gives a tenth to all groups but the last", () => {
    expect(rates(SGD(fourGroups(), { lr: slice(1e-2) }))).toBeClose(slices.stop, { rtol: 1e-12 });
  });

  it("OPT-2: a slice with both ends goes up in equal ratios", () => {
    expect(rates(SGD(fourGroups(), { lr: slice(1e-5, 1e-2) }))).toBeClose(slices.range, { rtol: 1e-7 });
    expect(rates(SGD(fourGroups(), { lr: slice(1e-3 / 2.6 ** 4, 1e-3) }))).toBeClose(slices.fastai, { rtol: 1e-7 });
  });

  it("OPT-2: a list gives each group its own, and another length names the count of groups", () => {
    const opt = SGD(fourGroups(), { lr: [1, 2, 3, 4] });
    expect(rates(opt)).toEqual([1, 2, 3, 4]);
    expect(() => opt.setHyper("lr", [1, 2])).toThrow(/expected 4 values of lr.*got 2/);
  });

  it("refuses a hyper-parameter that no stepper reads, and an option nobody knows", () => {
    expect(() => SGD(fourGroups()).setHyper("momentum", 0.9)).toThrow(ValueError);
    // @ts-expect-error: a misspelt option
    expect(() => Adam(fourGroups(), { sqrmom: 0.9 })).toThrow(OptionError);
  });

  it("refuses to work on nothing", () => {
    expect(() => SGD([])).toThrow(/expected parameters, got none/);
  });
});

describe("hyper-parameters that no stepper declares", () => {
  const scaled: Stepper<{ lr: number; factor: number }> = {
    name: "scaled",
    step: ({ params, grads, hyper }) => void params.add_(grads, { alpha: -hyper.lr * hyper.factor }),
  };

  it.each([
    ["factor", []],
    [
      "facter",
      [/hyper-parameter facter was given.*steppers are scaled, the hyper-parameters lr, mom, wd, factor, facter/],
    ],
  ])("are warned of at the first step unless they were read: %s", (name, expected) => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const p = tensor([0]).requiresGrad_();
    const opt = new Optimizer([p], scaled, { lr: 1, factor: 1, [name]: 2 });
    for (let step = 0; step < 2; step++) {
      p.grad = tensor([-1]);
      opt.step();
    }
    expect(p.item()).toBe(name === "factor" ? 4 : 2);
    expect(warn.mock.calls.map(([text]) => text)).toEqual(expected.map((text) => expect.stringMatching(text)));
    warn.mockRestore();
  });
});

describe("freezing", () => {
  afterEach(() => vi.restoreAllMocks());

  it("OPT-3: groups before n stop training, but for parameters that are forced to", () => {
    const groups = fourGroups();
    const opt = SGD(groups);
    opt.setFlags(groups[0] as Tensor[], { forceTrain: true });
    opt.freezeTo(-1);
    expect(groups.map(([p]) => p?.requiresGrad)).toEqual([true, false, false, true]);
    expect(opt.frozenIdx).toBe(3);
    opt.unfreeze();
    expect(groups.every(([p]) => p?.requiresGrad)).toBe(true);
  });

  it("OPT-3: warns when everything is frozen", () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const groups = fourGroups();
    SGD(groups).freezeTo(4);
    expect(warn.mock.calls[0]?.[0]).toMatch(/4 parameter groups; all of them are frozen/);
    expect(groups.some(([p]) => p?.requiresGrad)).toBe(false);
  });

  it("OPT-3: freeze needs more than one group", () => {
    expect(() => SGD([ones([2]).requiresGrad_()]).freeze()).toThrow(/at least 2 parameter groups/);
  });
});

describe("steps", () => {
  it("OPT-6: leave parameters without a gradient alone, and zeroGrad makes them so", () => {
    const [a, b] = [tensor([1]).requiresGrad_(), tensor([1]).requiresGrad_()];
    const opt = Adam([a, b], { lr: 0.1 });
    a.grad = tensor([1]);
    opt.step();
    expect(a.item()).not.toBe(1);
    expect(b.item()).toBe(1);
    opt.zeroGrad();
    const before = a.item();
    opt.step();
    expect(a.grad).toBeNull();
    expect(a.item()).toBe(before);
  });

  it.each([
    ["Adam", Adam, adamStep],
    ["RAdam", RAdam, radamStep],
    ["Lamb", Lamb, lambStep],
  ] as const)("OPT-1: %s in one kernel and its steppers written out go through the same numbers", (_, fused, step) => {
    for (const decoupleWd of [true, false]) {
      const [one, two] = [freshParams(setting), freshParams(setting)];
      const hypers = { lr: slice(1e-3, 1e-2), mom: 0.9, sqrMom: 0.99, eps: 1e-5, wd: 0.1 };
      const steppers = [decoupleWd ? weightDecay : l2Reg, ...adamStats(), step];
      const opts = [
        fused(grouped(setting, one), { ...hypers, decoupleWd }),
        new Optimizer(grouped(setting, two), steppers, hypers),
      ] as const;
      opts[0].setFlags([one[1] as Tensor], { doWd: false });
      opts[1].setFlags([two[1] as Tensor], { doWd: false });
      train(opts[0], one, 1, 30);
      train(opts[1], two, 1, 30);
      expect(values(one)).toBeClose(values(two), { rtol: 1e-6, atol: 1e-6 });
      expect(Object.keys(opts[0].stateOf(one[0] as Tensor)).sort()).toEqual(["gradAvg", "sqrAvg", "step"]);
    }
  });

  it("OPT-1: runs a stepper written in a test over whole lists", () => {
    let calls = 0;
    const signStep: Stepper<{ lr: number }, { gradAvg: TensorList }> = {
      name: "signStep",
      needs: ["gradAvg"],
      step({ params, state, hyper }) {
        calls += 1;
        params.add_(
          state.gradAvg.each((avg) => avg.sign()),
          { alpha: -hyper.lr },
        );
      },
    };
    const params = [tensor([1, 2]), tensor([3])].map((p) => p.requiresGrad_());
    const opt = new Optimizer(params, [averageGrad(), signStep], { lr: 0.5 });
    params.forEach((p, at) => {
      p.grad = tensor(at === 0 ? [1, -1] : [-2]);
    });
    opt.step();
    expect(values(params)).toEqual([[0.5, 2.5], [3.5]]);
    expect(calls).toBe(1);
    expect(() => new Optimizer(params, [signStep])).toThrow(/keeps gradAvg before signStep, got \[signStep\]/);
  });

  it("groups with equal hyper-parameters and flags are stepped as one list", () => {
    const sizes: number[] = [];
    const probe: Stepper = { name: "probe", step: ({ params }) => void sizes.push(params.length) };
    const groups = fourGroups();
    const opt = new Optimizer(groups, [weightDecay, probe], { lr: 0.1 });
    const step = () => {
      for (const [p] of groups) if (p) p.grad = p.detach();
      opt.step();
      return sizes.splice(0);
    };
    expect(step()).toEqual([4]);
    opt.setHyper("lr", slice(1e-2));
    expect(step()).toEqual([3, 1]);
    opt.setFlags(groups[1] as Tensor[], { doWd: false });
    expect(step()).toEqual([2, 1, 1]);
    opt.setHyper("lr", 0.1);
    expect(step()).toEqual([3, 1]);
  });

  it("keeps statistics, and nothing else, beyond the scope it runs in", () => {
    const params = freshParams(setting);
    const opt = composedAdam(params, { lr: 1e-3 });
    train(opt, params, 1, 2);
    const before = memory().tensors;
    train(opt, params, 3, 3);
    expect(memory().tensors).toBe(before);
  });
});

describe("state", () => {
  it("OPT-5: is laid out as fastai's, parameter by parameter", () => {
    const params = freshParams(setting);
    const opt = Adam(grouped(setting, params), { lr: slice(1e-3, 1e-2), wd: 0.1 });
    opt.setFlags([params[1] as Tensor], { doWd: false });
    train(opt, params, 1, 59);
    opt.setHyper("lr", 5e-3);
    train(opt, params, 60, 100);
    const expected = trajectories.Adam?.state;
    const dict = opt.stateDict();
    expect(dict.hypers).toEqual(expected?.hypers);
    expect(dict.state.map((own) => Object.keys(own).sort())).toEqual(
      expected?.state.map((own) => Object.keys(own).sort()),
    );
    expect(dict.state.map((own) => own.step)).toEqual([100, 100, 100, 95]);
    dict.state.forEach((own, at) => {
      expect((own.grad_avg as Tensor).toArray()).toBeClose(expected?.state[at]?.grad_avg, { rtol: 1e-4, atol: 1e-6 });
      expect((own.sqr_avg as Tensor).toArray()).toBeClose(expected?.state[at]?.sqr_avg, { rtol: 1e-4, atol: 1e-6 });
    });
    expect(dict.state[1]?.do_wd).toBe(false);
  });

  it.each([
    ["Adam", (p: LayerGroups) => Adam(p, { lr: 1e-2 })],
    ["composedAdam", (p: LayerGroups) => composedAdam(p, { lr: 1e-2 })],
    ["ranger", (p: LayerGroups) => ranger(p, { lr: 1e-2 })],
  ] as const)("OPT-5: %s goes on after loading Maps as if it had not stopped", (_, make) => {
    const params = freshParams(setting);
    const opt = make(params);
    train(opt, params, 1, 8);
    const copies = params.map((p) => p.detach().clone().requiresGrad_());
    const other = make(copies);
    other.loadStateDict(asMaps(opt.stateDict()) as object);
    train(opt, params, 9, 20);
    train(other, copies, 9, 20);
    expect(values(copies)).toEqual(values(params));
  });

  it("OPT-5: refuses another number of groups or parameters", () => {
    const dict: OptimizerStateDict = SGD(fourGroups()).stateDict();
    expect(() => SGD(fourGroups().slice(1)).loadStateDict(dict)).toThrow(/expected 3 parameter groups, got 4/);
    expect(() => SGD(fourGroups()).loadStateDict({ ...dict, state: [] })).toThrow(/expected 4 parameters, got 0/);
  });

  it("OPT-4: clearState keeps flags only", () => {
    const params = freshParams(setting);
    const opt = Adam(params);
    opt.setFlags([params[0] as Tensor], { doWd: false, forceTrain: true });
    train(opt, params, 1, 1);
    opt.clearState();
    expect(opt.stateDict().state).toEqual([{ do_wd: false, force_train: true }, {}, {}, {}]);
  });
});

describe("Lookahead", () => {
  it("OPT-19: every k steps goes part of the way from the slow weights", () => {
    const p = tensor([0]).requiresGrad_();
    const opt = new Lookahead(new Optimizer([p], sgdStep, { lr: 1 }), { k: 2, alpha: 0.25 });
    const seen = [1, 2, 3, 4].map(() => {
      p.grad = tensor([-1]);
      opt.step();
      return p.item();
    });
    expect(seen).toEqual([1, 0.5, 1.5, 1]);
    expect(opt.stateDict().count).toBe(4);
    opt.clearState();
    expect(opt.stateDict().slow_weights).toBeNull();
  });

  it("OPT-19: passes hyper-parameters and freezing on", () => {
    const groups = fourGroups();
    const opt = ranger(groups, { lr: slice(1e-2) });
    opt.setHyper("lr", 1);
    opt.freezeTo(2);
    expect(rates(opt)).toEqual([1, 1, 1, 1]);
    expect(opt.frozenIdx).toBe(2);
    expect(groups.map(([p]) => p?.requiresGrad)).toEqual([false, false, true, true]);
  });
});

describe("the lines of the docs", () => {
  it("OPT-14: AdamW from its parts equals Adam", () => {
    const parts = [weightDecay, averageGrad({ dampening: true }), averageSqrGrad(), stepStat, adamStep];
    const [one, two] = [freshParams(setting), freshParams(setting)];
    const hypers = { lr: 1e-2, wd: 0.01, mom: 0.9, sqrMom: 0.99, eps: 1e-5 };
    train(new Optimizer(one, parts, hypers), one, 1, 10);
    train(Adam(two, { lr: 1e-2 }), two, 1, 10);
    expect(values(one)).toBeClose(values(two), { rtol: 1e-6, atol: 1e-6 });
  });
});
