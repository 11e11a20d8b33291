import { describe, expect, it } from "vitest";
import {
  Adam,
  Adan,
  averageGrad,
  averageSqrGrad,
  type BaseOptimizer,
  debias,
  Lamb,
  type LayerGroups,
  Lion,
  Muon,
  Optimizer,
  Sophia,
} from "../../src/optimizer/index.js";
import { scope, type Tensor, tensor, zeros } from "../../src/torch/index.js";
import { fixture, values } from "./setting.js";

type Trajectory = Record<string, number[][]>;

const papers = fixture<{
  shapes: number[][];
  Lion: Trajectory;
  Adan: Trajectory;
  Sophia: Trajectory;
  Muon: Trajectory;
}>("papers");

function wave(k: number, shape: readonly number[], step = 0): Tensor {
  const n = shape.reduce((a, b) => a * b, 1);
  const numbers = Array.from({ length: n }, (_, i) => Math.round(Math.cos(0.9 * i + 2.1 * k + 1.3 * step) * 1e4) / 1e4);
  return tensor(numbers).view([...shape]);
}

function freshParams(): Tensor[] {
  return papers.shapes.map((shape, k) => wave(k, shape).requiresGrad_());
}

/** Steps and compares wherever the fixture has values; `rows` says which parameters those are. */
function follow(opt: BaseOptimizer, params: Tensor[], expected: Trajectory, tolerance: number, rows = params): void {
  for (let step = 1; step <= 60; step++) {
    scope(() => {
      for (const [k, p] of params.entries())
        p.grad = p
          .detach()
          .mul(0.1)
          .add(wave(k, p.shape, step).mul(0.5));
      opt.step();
    });
    const at = expected[step];
    if (at) expect(values(rows), `step ${step}`).toBeClose(at, { rtol: tolerance, atol: tolerance });
  }
}

const makers: Record<"Lion" | "Adan" | "Sophia", (params: LayerGroups) => BaseOptimizer> = {
  Lion: (params) => Lion(params, { lr: 1e-2, wd: 0.1 }),
  Adan: (params) => Adan(params, { lr: 1e-2, wd: 0.1 }),
  Sophia: (params) => Sophia(params, { lr: 1e-2, bs: 4 }),
};

describe("papers as a few lines", () => {
  it.each(["Lion", "Adan", "Sophia"] as const)("OPT-1: %s follows its paper for 60 steps", (name) => {
    const params = freshParams();
    follow(makers[name](params), params, papers[name], 1e-5);
  });

  it("OPT-1: Muon follows torch.optim.Muon on matrices and flat kernels, Adam on vectors", () => {
    const params = freshParams();
    const opt = Muon(params, { lr: 1e-2 });
    const matrices = params.filter((p) => p.ndim > 1);
    follow(opt, params, papers.Muon, 2e-3, matrices); // its iteration runs in bfloat16
    const [alone] = [wave(1, [5]).requiresGrad_()];
    const adam = Adam([alone], { lr: 1e-3, mom: 0.95, eps: 1e-8, wd: 1 });
    for (let step = 1; step <= 60; step++) {
      alone.grad = alone
        .detach()
        .mul(0.1)
        .add(wave(1, [5], step).mul(0.5));
      adam.step();
    }
    expect(values([params[1] as Tensor])).toBeClose(values([alone]), { rtol: 1e-5, atol: 1e-6 });
  });

  it("OPT-10: averageSqrGrad keeps sqrMom of the average, with and without dampening", () => {
    for (const [dampening, expected] of [
      [true, [0.4, 0.76]],
      [false, [4, 7.6]],
    ] as const) {
      const p = zeros([1]).requiresGrad_();
      const opt = new Optimizer([p], [averageSqrGrad({ dampening })], { sqrMom: 0.9 });
      const seen = [1, 2].map(() => {
        p.grad = tensor([2]);
        opt.step();
        return (opt.stateOf(p).sqrAvg as Tensor).item();
      });
      expect(seen).toBeClose(expected);
    }
  });

  it("OPT-11: debias makes up for the start from zero", () => {
    expect(debias(0.9, 0.1, 1)).toBeCloseTo(0.1, 12);
    expect(debias(0.9, 0.1, 3)).toBeCloseTo(1 - 0.9 ** 3, 12);
    expect(debias(0.9, 1, 2)).toBeCloseTo(1.9, 12);
  });
});

describe("state and hyper-parameters", () => {
  it.each([Lion, Adan, Sophia, Muon, Lamb, Adam])("OPT-5: $name goes on from its state in the middle", (make) => {
    const run = (interrupt: boolean): number[][] => {
      let params = freshParams();
      let opt: BaseOptimizer = make(params, { lr: 1e-2 });
      for (let step = 1; step <= 12; step++) {
        if (interrupt && step === 7) {
          const dict = opt.stateDict();
          params = params.map((p) => p.detach().clone().requiresGrad_());
          opt = make(params, { lr: 1 });
          opt.loadStateDict(dict);
        }
        for (const [k, p] of params.entries()) p.grad = wave(k, p.shape, step);
        opt.step();
      }
      return values(params);
    };
    expect(run(true)).toEqual(run(false));
  });

  it("OPT-2: every parameter may have rates of its own: a group for each", () => {
    const params = freshParams();
    const opt = Adam(
      params.map((p) => [p]),
      { lr: [1e-3, 0, 1e-3, 1e-1], wd: 0 },
    );
    const before = values(params);
    for (const [k, p] of params.entries()) p.grad = wave(k, p.shape, 3);
    opt.step();
    const moved = values(params).map((now, k) => Math.max(...now.map((x, i) => Math.abs(x - (before[k]?.[i] ?? 0)))));
    expect(moved).toBeClose([1e-3, 0, 1e-3, 1e-1], { rtol: 1e-2, atol: 0 });
  });

  it("OPT-9: averageGrad needs nothing but gradients", () => {
    const p = zeros([1]).requiresGrad_();
    const opt = new Optimizer([p], averageGrad(), { mom: 0.5 });
    p.grad = tensor([2]);
    opt.step();
    opt.step();
    expect(opt.stateOf(p).gradAvg).toBeClose([3]);
  });
});
