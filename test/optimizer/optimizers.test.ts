import { describe, expect, it } from "vitest";
import {
  Adam,
  type BaseOptimizer,
  Lamb,
  Larc,
  type LayerGroups,
  QHAdam,
  RAdam,
  RMSProp,
  ranger,
  rectification,
  SGD,
} from "../../src/optimizer/index.js";
import { type Slice, scope, slice, tensor } from "../../src/torch/index.js";
import { fixture, freshParams, grouped, type Setting, setGrads, values } from "./setting.js";

interface Fixture {
  setting: Setting;
  vectors: Record<string, number[][]>;
  trajectories: Record<string, { params: Record<string, number[][]> }>;
}

const { setting, vectors, trajectories } = fixture<Fixture>("optimizer");

const vectorCases: Record<string, { id: string; make: (params: LayerGroups) => BaseOptimizer }> = {
  SGD: { id: "OPT-12", make: (p) => SGD(p, { lr: 0.1 }) },
  "SGD mom": { id: "OPT-9", make: (p) => SGD(p, { lr: 0.1, mom: 0.9 }) },
  "SGD mom wd": { id: "OPT-7", make: (p) => SGD(p, { lr: 0.1, mom: 0.9, wd: 0.1 }) },
  "SGD mom l2": { id: "OPT-8", make: (p) => SGD(p, { lr: 0.1, mom: 0.9, wd: 0.1, decoupleWd: false }) },
  RMSProp: { id: "OPT-13", make: (p) => RMSProp(p, { lr: 0.01 }) },
  "RMSProp mom": { id: "OPT-13", make: (p) => RMSProp(p, { lr: 0.01, mom: 0.9 }) },
  Adam: { id: "OPT-14", make: (p) => Adam(p, { lr: 0.1 }) },
  "Adam l2": { id: "OPT-14", make: (p) => Adam(p, { lr: 0.1, wd: 0.1, decoupleWd: false }) },
  RAdam: { id: "OPT-15", make: (p) => RAdam(p, { lr: 0.1 }) },
  "RAdam beta": { id: "OPT-15", make: (p) => RAdam(p, { lr: 0.1, beta: 5 }) },
  QHAdam: { id: "OPT-16", make: (p) => QHAdam(p, { lr: 0.1 }) },
  Larc: { id: "OPT-17", make: (p) => Larc(p, { lr: 0.1 }) },
  Lars: { id: "OPT-17", make: (p) => Larc(p, { lr: 0.1, clip: false, wd: 0.1 }) },
  Lamb: { id: "OPT-18", make: (p) => Lamb(p, { lr: 0.1 }) },
  ranger: { id: "OPT-20", make: (p) => ranger(p, { lr: 0.1 }) },
};

const trajectoryCases: Record<string, (params: LayerGroups, lr: Slice) => BaseOptimizer> = {
  SGD: (p, lr) => SGD(p, { lr, mom: 0.9, wd: 0.05 }),
  Adam: (p, lr) => Adam(p, { lr, wd: 0.1 }),
  "Adam l2": (p, lr) => Adam(p, { lr, wd: 0.1, decoupleWd: false }),
  RMSProp: (p, lr) => RMSProp(p, { lr, mom: 0.9, wd: 0.05 }),
  RAdam: (p, lr) => RAdam(p, { lr, wd: 0.05 }),
  QHAdam: (p, lr) => QHAdam(p, { lr, wd: 0.05 }),
  Larc: (p, lr) => Larc(p, { lr, wd: 0.05 }),
  Lamb: (p, lr) => Lamb(p, { lr, wd: 0.05 }),
  ranger: (p, lr) => ranger(p, { lr }),
};

describe("optimizers on one tensor with fixed gradients", () => {
  it.each(Object.entries(vectorCases))("%s goes through fastai's values at every step", (name, { id, make }) => {
    const expected = vectors[name] as number[][];
    const cycle = [
      [0.1, 0.2, 0.3],
      [-0.2, 0.1, 0.4],
      [0.3, -0.3, 0.1],
    ];
    const p = tensor([1, 2, 3]).requiresGrad_();
    const opt = make([p]);
    const seen = expected.map((_, at) => {
      p.grad = tensor(cycle[at % 3] as number[]);
      opt.step();
      return p.detach().toArray() as number[];
    });
    expect(seen, id).toBeClose(expected, { rtol: 1e-5, atol: 1e-5 });
  });

  it("OPT-15: the sixth is the first rectified step at sqrMom 0.99", () => {
    const r = [1, 2, 3, 4, 5, 6].map((step) => rectification(0.99, step).r);
    expect(r).toBeClose([1.0, 1.995, 2.9866, 3.9749, 4.9598, 5.9414], { rtol: 0, atol: 1e-4 });
  });
});

describe("optimizers over layer groups, 100 steps", () => {
  it.each(Object.entries(trajectoryCases))("%s follows fastai", (name, make) => {
    const params = freshParams(setting);
    const opt = make(grouped(setting, params), slice(1e-3, 1e-2));
    opt.setFlags(
      setting.noDecay.map((at) => params[at] as (typeof params)[number]),
      { doWd: false },
    );
    const expected = trajectories[name]?.params ?? {};
    for (let step = 1; step <= 100; step++) {
      if (step === 60) opt.setHyper("lr", 5e-3);
      scope(() => {
        setGrads(setting, params, step);
        opt.step();
      });
      const at = expected[step];
      if (at) expect(values(params), `step ${step}`).toBeClose(at, { rtol: 1e-5, atol: 1e-5 });
    }
  });
});
