import { describe, expect, it } from "vitest";
import {
  DtypeError,
  memory,
  nn,
  OptionError,
  optim,
  parsePth,
  pthBytes,
  ShapeError,
  scope,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from "../../../src/torch/index.js";
import { build, type Case, cases, freshParams, train, values } from "./trajectory.js";

function plain(value: unknown): unknown {
  return value !== null && typeof value === "object" && "toArray" in value ? (value as Tensor).toArray() : value;
}

const labels = Object.keys(cases);
const of = (label: string) => cases[label] as Case;

/** Steps as the case does, and compares the parameters on the way. */
function expectTrajectory(label: string): optim.Optimizer<object> {
  const one = of(label);
  const params = freshParams(one);
  const opt = build(one, params);
  let from = 1;
  for (const [step, expected] of Object.entries(one.params)) {
    train(one, opt, params, from, Number(step));
    expect(values(params), `${label}, step ${step}`).toBeClose(expected, { rtol: 1e-5, atol: 1e-9 });
    from = Number(step) + 1;
  }
  return opt;
}

function expectState(label: string, dict: optim.OptimStateDict): void {
  const { kind, state_dict } = of(label);
  expect(dict.param_groups, label).toEqual(state_dict.param_groups);
  expect([...dict.state.keys()].map(String)).toEqual(Object.keys(state_dict.state));
  for (const [at, expected] of Object.entries(state_dict.state)) {
    const own = dict.state.get(Number(at)) ?? {};
    if (kind !== "closure") expect(Object.keys(own).sort(), label).toEqual(Object.keys(expected).sort());
    for (const [name, value] of Object.entries(expected)) {
      expect(plain(own[name]), `${label}: ${at}.${name}`).toBeClose(value, { rtol: 1e-5, atol: 1e-8 });
    }
  }
}

describe("torch.optim", () => {
  it.each([...new Set(Object.values(cases).map((one) => one.class))])(
    "%s follows PyTorch for 50 steps, with all its options, and saves the same state",
    (name) => {
      for (const label of labels.filter((label) => of(label).class === name)) {
        const opt = expectTrajectory(label);
        expectState(label, opt.stateDict());
      }
    },
  );

  it("goes on after a .pth file as if it had not stopped, every optimizer", () => {
    for (const label of labels) {
      const one = of(label);
      const params = freshParams(one);
      const opt = build(one, params);
      train(one, opt, params, 1, 6);
      const copies = params.map((p) => p.detach().clone().requiresGrad_());
      const other = build(one, copies);
      other.loadStateDict(parsePth(pthBytes(opt.stateDict())) as object);
      train(one, opt, params, 7, 14);
      train(one, other, copies, 7, 14);
      expect(values(copies), label).toBeClose(values(params), { rtol: 1e-6, atol: 1e-9 });
    }
  });

  it("trains the small loop of the docs", () => {
    const net = new nn.Linear(4, 1);
    const opt = new optim.AdamW(net.parameters(), { lr: 0.1 });
    const x = tensor([
      [1, 0, 0, 1],
      [0, 1, 1, 0],
      [1, 1, 0, 0],
    ]);
    const y = tensor([[2], [-1], [0.5]]);
    const losses = Array.from({ length: 60 }, () =>
      scope(() => {
        opt.zeroGrad();
        const loss = net(x).sub(y).square().mean();
        loss.backward();
        opt.step();
        return loss.item() as number;
      }),
    );
    expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 20);
  });

  it("runs a closure and returns its loss", () => {
    const p = tensor([2]).requiresGrad_();
    const opt = new optim.SGD([p], { lr: 0.25 });
    const loss = opt.step(() => {
      opt.zeroGrad();
      const value = p.square().sum();
      value.backward();
      return value;
    });
    expect(loss.item()).toBe(4);
    expect(p.item()).toBe(1);
  });

  it.each(["RMSprop all", "Adafactor", "Muon", "SparseAdam sparse"])(
    "%s keeps statistics, and nothing else, beyond a scope",
    (label) => {
      const params = freshParams(of(label));
      const opt = build(of(label), params);
      train(of(label), opt, params, 1, 12);
      const before = memory().tensors;
      train(of(label), opt, params, 13, 14);
      expect(memory().tensors).toBe(before);
      expect(opt.state.size).toBe(params.length);
    },
  );

  it("fills gradients with zeros instead of dropping them, where it is told to", () => {
    const p = tensor([1]).requiresGrad_();
    const opt = new optim.SGD([p], { lr: 1 });
    p.grad = tensor([2]);
    opt.zeroGrad({ setToNone: false });
    expect(p.grad.toArray()).toEqual([0]);
    opt.zeroGrad();
    expect(p.grad).toBeNull();
  });

  it("runs hooks before and after each step, until they are removed", () => {
    const p = tensor([1]).requiresGrad_();
    const opt = new optim.SGD([p], { lr: 1 });
    const seen: string[] = [];
    const remove = opt.registerStepPreHook(() => seen.push("before"));
    opt.registerStepPostHook((own) => seen.push(own === opt ? "after" : "of another"));
    opt.step();
    remove();
    opt.step();
    expect(seen).toEqual(["before", "after", "after"]);
  });

  it("runs a rule of one's own", () => {
    class SignSGD extends optim.BucketOptimizer<{ lr: number }> {
      constructor(params: optim.Params<{ lr: number }>, options: { lr?: number } = {}) {
        super(params, options, { defaults: { lr: 0.1 }, ranges: { lr: [0, 1] }, python: {} });
      }
      protected override init(): optim.BucketState {
        return { step: 0 };
      }
      protected override update({ bucket, grads }: optim.BucketStep, { lr }: optim.ParamGroup<{ lr: number }>): void {
        bucket.state.step = (bucket.state.step as number) + 1;
        bucket.params.add_(grads.sign(), { alpha: -lr });
      }
    }
    const p = tensor([1, 2]).requiresGrad_();
    const opt = new SignSGD([p], { lr: 0.5 });
    p.grad = tensor([-3, 7]);
    opt.step();
    expect(p.detach().toArray()).toEqual([1.5, 1.5]);
    expect(plain(opt.stateDict().state.get(0)?.step)).toBe(1);
    expect(() => new SignSGD([p], { lr: 2 })).toThrow(/SignSGD: expected lr in \[0, 1\), got 2/);
  });

  it("keeps the names of named parameters, and saves them", () => {
    const net = new nn.Linear(2, 1);
    const opt = new optim.Adam(net.namedParameters());
    expect(opt.paramGroups[0]?.paramNames).toEqual(["weight", "bias"]);
    expect(opt.stateDict().param_groups[0]?.param_names).toEqual(["weight", "bias"]);
  });

  it("steps with the rate a scheduler set, and takes on more parameters", () => {
    const [a, b] = [tensor([1]).requiresGrad_(), tensor([1]).requiresGrad_()];
    const opt = new optim.SGD([a], { lr: 1 });
    opt.addParamGroup({ params: [b], lr: 0.5 });
    for (const group of opt.paramGroups) group.lr /= 2;
    a.grad = tensor([1]);
    b.grad = tensor([1]);
    opt.step();
    expect([a.item(), b.item()]).toEqual([0.5, 0.75]);
  });

  it("refuses what cannot work", () => {
    const p = tensor([1]).requiresGrad_();
    expect(() => new optim.Adam([])).toThrow(/expected parameters, got none/);
    expect(() => new optim.Adam([p, p])).toThrow(/each parameter once/);
    expect(() => new optim.Adam([p.mul(2)])).toThrow(/expected leaf tensors/);
    expect(() => new optim.Adam([p], { lr: -1 })).toThrow(/expected lr at least 0, got -1/);
    expect(() => new optim.Adam([p], { betas: [0.9, 1] })).toThrow(/betas\[1\] in \[0, 1\)/);
    expect(() => new optim.SGD([p], { nesterov: true })).toThrow(ValueError);
    // @ts-expect-error: Python's spelling
    expect(() => new optim.AdamW([p], { weight_decay: 0.1 })).toThrow(OptionError);
    expect(() => new optim.Rprop([p], { etas: [1.2, 0.5] })).toThrow(/etas below and above 1/);
    expect(() => new optim.Adafactor([p], { d: 0.5 })).toThrow(/expected d at least 1/);
    expect(() => new optim.Muon([p])).toThrow(ShapeError);
    expect(() => new optim.LBFGS([{ params: p }, { params: tensor([1]).requiresGrad_() }])).toThrow(/one group/);
    expect(() => new optim.LBFGS([p]).step()).toThrow(/expected a closure/);
    expect(() => new optim.SGD([zeros([1], { dtype: "complex64" }).requiresGrad_()])).toThrow(DtypeError);
    p.grad = tensor([1]).toSparse();
    expect(() => new optim.Adam([p]).step()).toThrow(/expected dense gradients/);
    p.grad = null;
    const dict = (lr: unknown, expAvg: Tensor) => ({
      state: new Map([[0, { step: 1, exp_avg: expAvg, exp_avg_sq: expAvg }]]),
      param_groups: [{ lr, params: [0] }],
    });
    const adam = new optim.Adam([p]);
    expect(() => adam.loadStateDict(dict(0.1, zeros([2])))).toThrow(/expected expAvg of shape \[1\], got \[2\]/);
    expect(() => adam.loadStateDict(dict("fast", zeros([1])))).toThrow(/expected lr at least 0, got fast/);
    expect(() => adam.loadStateDict({ param_groups: 3 })).toThrow(/expected a list of dictionaries/);
    adam.loadStateDict(dict(tensor(0.25), zeros([1])));
    expect(adam.paramGroups[0]?.lr).toBe(0.25);
    const two = new optim.SGD([p, tensor([1]).requiresGrad_()]).stateDict();
    expect(() => new optim.SGD([p]).loadStateDict(two)).toThrow(/expected groups of 1 parameters, got groups of 2/);
  });
});
