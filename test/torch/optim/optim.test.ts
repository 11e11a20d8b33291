import { describe, expect, it } from "vitest";
import { memory, nn, OptionError, optim, scope, type Tensor, tensor, ValueError } from "../../../src/torch/index.js";
import { fixture, freshParams, grouped, type Setting, setGrads, values } from "../../optimizer/setting.js";

interface Case {
  class: "SGD" | "Adam" | "AdamW" | "RMSprop";
  options: Record<string, number | boolean | number[]>;
  params: Record<string, number[][]>;
  state_dict: { state: Record<string, Record<string, unknown>>; param_groups: Record<string, unknown>[] };
}

const { setting, cases } = fixture<{ setting: Setting; cases: Record<string, Case> }>("torch-optim");

function camel(options: Case["options"]): object {
  const names = Object.entries(options).map(([key, value]) => [key.replace(/_(.)/g, (_, c) => c.toUpperCase()), value]);
  return Object.fromEntries(names);
}

function build({ class: name, options }: Case, params: Tensor[]) {
  const [first = [], second = []] = grouped(setting, params);
  const groups = [{ params: first }, { params: second, lr: (options.lr as number) / 2 }];
  return new optim[name](groups, camel(options));
}

function train(opt: { step(): void }, params: readonly Tensor[], from: number, to: number): void {
  for (let step = from; step <= to; step++) {
    scope(() => {
      setGrads(setting, params, step);
      opt.step();
    });
  }
}

function plain(value: unknown): unknown {
  return value !== null && typeof value === "object" && "toArray" in value ? (value as Tensor).toArray() : value;
}

describe("torch.optim", () => {
  it.each(Object.entries(cases))("%s follows PyTorch for 50 steps and saves the same state", (_, one) => {
    const params = freshParams(setting);
    const opt = build(one, params);
    let from = 1;
    for (const [step, expected] of Object.entries(one.params)) {
      train(opt, params, from, Number(step));
      expect(values(params), `step ${step}`).toBeClose(expected, { rtol: 1e-5, atol: 1e-5 });
      from = Number(step) + 1;
    }
    const dict = opt.stateDict();
    expect(dict.param_groups).toEqual(one.state_dict.param_groups);
    expect(Object.keys(dict.state)).toEqual(Object.keys(one.state_dict.state));
    for (const [at, expected] of Object.entries(one.state_dict.state)) {
      expect(Object.keys(dict.state[at] ?? {}).sort()).toEqual(Object.keys(expected).sort());
      for (const [name, value] of Object.entries(expected)) {
        expect(plain(dict.state[at]?.[name]), `${at}.${name}`).toBeClose(value, { rtol: 1e-4, atol: 1e-5 });
      }
    }
  });

  it.each(Object.entries(cases))("%s goes on after loading as if it had not stopped", (_, one) => {
    const params = freshParams(setting);
    const opt = build(one, params);
    train(opt, params, 1, 6);
    const copies = params.map((p) => p.detach().clone().requiresGrad_());
    const other = build(one, copies);
    other.loadStateDict(opt.stateDict());
    train(opt, params, 7, 14);
    train(other, copies, 7, 14);
    expect(values(copies)).toEqual(values(params));
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

  it("keeps statistics, and nothing else, beyond a scope", () => {
    const params = freshParams(setting);
    const opt = new optim.RMSprop(params, { centered: true, momentum: 0.5 });
    train(opt, params, 1, 2);
    const before = memory().tensors;
    train(opt, params, 3, 3);
    expect(memory().tensors).toBe(before);
    expect(opt.state.size).toBe(4);
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
    const two = new optim.SGD([p, tensor([1]).requiresGrad_()]).stateDict();
    expect(() => new optim.SGD([p]).loadStateDict(two)).toThrow(/expected groups of 1 parameters, got groups of 2/);
  });
});
