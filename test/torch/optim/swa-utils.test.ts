import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { arange, nn, noGrad, OptionError, optim, scope, type Tensor, ValueError } from "../../../src/torch/index.js";

const { AveragedModel, getEmaAvgFn, getEmaMultiAvgFn, getSwaAvgFn, updateBn } = optim.swaUtils;

interface Run {
  state: Record<string, unknown>;
  after_bn: Record<string, unknown>;
  output: number[][];
}
const fixture: Record<string, Run> = JSON.parse(
  readFileSync(new URL("../../fixtures/torch-swa.json", import.meta.url), "utf8"),
);

function net() {
  const model = new nn.Sequential(new nn.Linear(3, 4), new nn.BatchNorm1d(4), new nn.ReLU(), new nn.Linear(4, 2));
  noGrad(() =>
    scope(() => {
      for (const [k, p] of model.parameters().entries()) p.copy_(wave(p.numel(), 0.7, k).sin().view(p.shape));
    }),
  );
  return model;
}

function wave(count: number, step: number, start: number): Tensor {
  return arange(count, { dtype: "float32" }).mul(step).add(start);
}

const batch = (step: number) => wave(15, 0.9, step).cos().view([5, 3]);
type Net = ReturnType<typeof net>;

function plain(model: nn.Module<never[], unknown>): Record<string, unknown> {
  return Object.fromEntries([...model.stateDict()].map(([name, value]) => [name, value.toArray()]));
}

function expectState(own: Record<string, unknown>, expected: Record<string, unknown>): void {
  expect(Object.keys(own)).toEqual(Object.keys(expected));
  for (const [name, value] of Object.entries(expected)) expect(own[name], name).toBeClose(value, { rtol: 1e-5 });
}

describe("optim.swaUtils", () => {
  it.each<[string, optim.swaUtils.AveragedModelOptions<Net>]>([
    ["swa", {}],
    ["swa by parameter", { avgFn: getSwaAvgFn() }],
    ["ema", { multiAvgFn: getEmaMultiAvgFn(0.8), clone: net }],
    ["ema by parameter", { avgFn: getEmaAvgFn(0.8) }],
    ["ema with buffers", { multiAvgFn: getEmaMultiAvgFn(0.8), useBuffers: true }],
  ])("AveragedModel and updateBn (%s) give PyTorch's weights, statistics and output", async (label, options) => {
    const { state, after_bn, output } = fixture[label] as Run;
    const model = net();
    const averaged = new AveragedModel(model, options);
    const opt = new optim.SGD(model.parameters(), { lr: 0.1 });
    for (let step = 0; step < 10; step++) {
      scope(() => {
        opt.zeroGrad();
        model(batch(step)).square().mean().backward();
        opt.step();
        averaged.updateParameters(model);
      });
    }
    expectState(plain(averaged), state);
    await updateBn([[batch(20)], [batch(21)], [batch(22)]], averaged);
    expectState(plain(averaged), after_bn);
    averaged.eval();
    expect(averaged(batch(99))).toBeClose(output, { rtol: 1e-5 });
  });

  it("updateBn takes loaders that are awaited, and puts momentum and mode back", async () => {
    const model = net().eval();
    const norm = model[1] as nn.BatchNorm1d;
    await updateBn(
      (async function* () {
        yield batch(1);
      })(),
      model,
    );
    expect(norm.running_mean?.abs().sum().item()).toBeGreaterThan(0.1);
    expect([norm.momentum, model.training]).toEqual([0.1, false]);
  });

  it("copies models of one's own; those with private fields by clone", () => {
    class Own extends nn.Module<[Tensor], Tensor> {
      layers = [new nn.Linear(3, 2)];
      forward(x: Tensor): Tensor {
        return this.layers.reduce((y, layer) => layer(y), x);
      }
    }
    class Private extends nn.Module<[Tensor], Tensor> {
      readonly #layer = new nn.Linear(3, 2);
      readonly layer = this.#layer;
      forward(x: Tensor): Tensor {
        return this.#layer(x);
      }
    }
    const [own, hidden] = [new Own().eval(), new Private()];
    const copies = [new AveragedModel(own), new AveragedModel(hidden, { clone: () => new Private() })];
    expect(copies[0]?.(batch(0))).toBeClose(own(batch(0)));
    expect(copies[1]?.(batch(0))).toBeClose(hidden(batch(0)));
    expect(copies.map((copy) => copy.module.training)).toEqual([false, true]);
    expect(copies[0]?.module.parameters()[0]).not.toBe(own.parameters()[0]);
  });

  it("refuses what contradicts itself or is misspelt", () => {
    expect(() => getEmaMultiAvgFn(1.5)).toThrow(ValueError);
    const both = { avgFn: getSwaAvgFn(), multiAvgFn: getEmaMultiAvgFn() };
    expect(() => new AveragedModel(net(), both)).toThrow(/got both/);
    // @ts-expect-error: Python's spelling
    expect(() => new AveragedModel(net(), { use_buffers: true })).toThrow(OptionError);
  });
});
