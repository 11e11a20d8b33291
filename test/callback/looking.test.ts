import { describe, expect, it } from "vitest";
import {
  ActivationStats,
  dummyEval,
  Hook,
  HookCallback,
  Hooks,
  hasParams,
  hookOutput,
  hookOutputs,
  modelSizes,
  numFeaturesModel,
  totalParams,
} from "../../src/callback/index.js";
import { nn, randn, type Tensor, zeros } from "../../src/torch/index.js";
import { fixture, QuietLoop } from "../learner/setting.js";
import { net, part, photoLoop, seeded } from "./setting.js";

interface Fixture {
  stats: { layers: [mean: number[], std: number[], nearZero: number[]][]; hist: number[][] };
  sizes: number[][];
  features: number;
}

const fastai = fixture<Fixture>("callbacks");

describe("hooks", () => {
  it("CBK-22: Hook keeps what its function makes of a call, until it is removed", () => {
    const model = net();
    const hook = new Hook(part(model, 0), (_module, input, output) => [
      (input as Tensor[]).length,
      (output as Tensor).shape,
    ]);
    expect(hook.stored).toBeUndefined();
    model(randn([2, 2, 6, 6]));
    expect(hook.stored).toEqual([1, [2, 4, 6, 6]]);
    hook.remove();
    model(randn([3, 2, 6, 6]));
    expect(hook.stored).toEqual([1, [2, 4, 6, 6]]);
    expect(() => new Hook(model, () => 0, JSON.parse('{"isforward": true}'))).toThrow(/isForward/);
  });

  it("CBK-22: hookOutput stores the output, or the gradient that comes back to it", () => {
    const model = new nn.Sequential(new nn.Linear(3, 2), new nn.ReLU());
    using out = hookOutput(part(model, 0));
    using grad = hookOutput(part(model, 0), { grad: true });
    const y = model(randn([4, 3]));
    expect(out.stored?.shape).toEqual([4, 2]);
    expect(out.stored?.requiresGrad).toBe(false);
    y.sum().backward();
    expect(grad.stored).toBeClose(out.stored?.gt(0).float().toArray());
  });

  it("CBK-22: Hooks and hookOutputs look at several modules", () => {
    const model = net();
    using hooks = hookOutputs(model.children());
    using counts = new Hooks(model.children(), (_module, _input, output) => (output as Tensor).numel());
    model(randn([1, 2, 6, 6]));
    expect(hooks.stored.map((t) => t?.shape.length)).toEqual([4, 4, 4, 4, 2, 2, 2]);
    expect(counts.stored).toEqual([144, 144, 144, 4, 4, 4, 3]);
    expect([...hooks]).toHaveLength(7);
  });

  it("CBK-22: HookCallback looks at leaves with parameters, in every n-th batch, and goes at the end", async () => {
    class Shapes extends HookCallback<number> {
      override hook(_module: nn.AnyModule, _input: unknown, output: unknown): number {
        this.calls += 1;
        return (output as Tensor).numel();
      }
      calls = 0;
    }
    const always = new Shapes();
    const some = new Shapes({ every: 3, includeParamless: true });
    const learn = photoLoop();
    await learn.fit(1, { cbs: [always, some] });
    expect(always.modules.map((module) => module.constructor.name)).toEqual(["Conv2d", "BatchNorm2d", "Linear"]);
    expect(always.calls).toBe(3 * 6); // 4 training and 2 validation batches
    expect(some.calls).toBe(7 * 2);
    learn.model(zeros([1, 2, 6, 8]));
    expect(always.calls).toBe(18);
    expect(() => new Shapes({ every: 0 })).toThrow(/every/);
  });
});

describe("sizes of models", () => {
  it("CBK-23: modelSizes, numFeaturesModel, totalParams are fastai's", () => {
    const model = net();
    expect(modelSizes(model, [8, 8])).toEqual(fastai.sizes);
    expect(numFeaturesModel(model.slice(0, 3))).toBe(fastai.features);
    expect(totalParams(model)).toEqual([76 + 8 + 15, true]);
    expect([hasParams(model), hasParams(new nn.ReLU())]).toEqual([true, false]);
    expect(dummyEval(model).shape).toEqual([1, 3]);
    expect(() => dummyEval(new nn.Sequential(new nn.ReLU()))).toThrow(/with parameters/);
  });
});

describe("ActivationStats", () => {
  it("CBK-24: has fastai's statistics and histograms of each layer", async () => {
    const stats = new ActivationStats({ withHist: true });
    await photoLoop().fit(1, { lr: 1e-2, cbs: [seeded, stats] });
    for (const [layer, [mean, std, nearZero]] of fastai.stats.layers.entries()) {
      const got = stats.layerStats(layer);
      expect(got.mean).toBeClose(mean, { rtol: 1e-4, atol: 1e-5 });
      expect(got.std).toBeClose(std, { rtol: 1e-4, atol: 1e-5 });
      expect(got.nearZero).toBeClose(nearZero, { rtol: 1e-6, atol: 1e-6 });
    }
    expect(stats.hist(0)).toBeClose(fastai.stats.hist, { rtol: 1e-4, atol: 1e-5 });
    expect(stats.layerStats(-1)).toEqual(stats.layerStats(2));
  });

  it("CBK-24: draws them", async () => {
    const stats = new ActivationStats({ withHist: true, every: 2 });
    await photoLoop().fit(1, { cbs: stats });
    expect(stats.layerStats(0).mean).toHaveLength(2);
    expect(stats.colorDim(0).toSVG()).toContain("Layer 0: Conv2d");
    expect(stats.plotLayerStats(-1).toSVG()).toContain("percent near zero");
    expect(stats.plotAll("std").toSVG()).toContain("2 Linear");
    expect(() => stats.layerStats(5)).toThrow(/one of 3 layers/);
    expect(() => new ActivationStats().hist(0)).toThrow(/withHist/);
  });

  it("CBK-24: names the first and the last of many layers, and colours those between by depth", async () => {
    const stats = new ActivationStats();
    const model = new nn.Sequential(...Array.from({ length: 12 }, () => new nn.Linear(2, 2)));
    const learn = new QuietLoop({ train: [[randn([4, 2]), zeros([4, 2])]] }, model, {
      lossFunc: nn.functional.mseLoss,
    });
    learn.logger = () => {};
    await learn.fit(1, { cbs: stats });
    const svg = stats.plotAll().toSVG();
    const named = ["0 Linear", "1 Linear", "10 Linear", "11 Linear"].filter((name) => svg.includes(`>${name}<`));
    expect(named).toEqual(["0 Linear", "11 Linear"]);
    const colors = [...svg.matchAll(/stroke="(#\w{6})"[^>]*stroke-width="3"/g)].map(([, color]) => color);
    expect(new Set(colors)).toEqual(new Set(["#440154", colors.at(-1)]));
  });

  it("CBK-24: takes layers that give nested lists", async () => {
    const two: unknown = [zeros([2, 2]), [zeros([4]), null]];
    const stats = new ActivationStats();
    expect((stats.hook(new nn.ReLU(), [], two) as Tensor).toArray()).toEqual([0, 0, 1]);
  });
});
