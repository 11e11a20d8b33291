import { describe, expect, it } from "vitest";
import { manualSeed, nn, rand, scope, type Tensor } from "../../../src/torch/index.js";
import { archNames, findArch } from "../../../src/vision/models/arch.js";
import { createHead } from "../../../src/vision/models/head.js";
import * as resnets from "../../../src/vision/models/resnets.js";
import { archMeta, planVisionModel } from "../../../src/vision/models/vision-model.js";
import * as xresnets from "../../../src/vision/models/xresnets.js";
import { countParameters, evaluate, expectGradients, fixture, initial, keyHash, run } from "../../parity/models.js";

const { resnet18, resnet34, resnet50 } = resnets;
const { xresnet50 } = xresnets;

const small = (parameters: number) => parameters < 32e6;

describe("architectures", () => {
  it("VLN-11: there is one for every name in the fixture", () => {
    const known = Object.keys(fixture.architectures).filter((name) => name !== "xresnet50 sa");
    expect(archNames()).toEqual(expect.arrayContaining(known));
  });

  // The larger ones differ from these in the number of blocks alone.
  const listed = Object.entries(fixture.architectures).filter(([, { parameters }]) => small(parameters));
  it.each(listed)("VLN-10, VLN-12: %s has Python's keys and number of parameters", (name, expected) => {
    scope(() => {
      const model = name === "xresnet50 sa" ? xresnet50({ sa: true }) : findArch(name)();
      expect(countParameters(model)).toBe(expected.parameters);
      expect(keyHash(model)).toBe(expected.keyHash);
    });
  });

  it("names the known ones when asked for another", () => {
    expect(() => findArch("resnet19")).toThrow(/expected one of .*resnet18.*got "resnet19"/);
  });

  it("VLN-10: refuses an even kernel size", () => {
    expect(() => xresnet50({ ks: 4 })).toThrow("odd kernel size");
  });
});

const make = (name: string) => () => findArch(name)({ nOut: 10 });

describe("models compute what Python's compute", () => {
  it.each(Object.entries(fixture.models))(
    "%s: output in evaluation and in training, and every gradient",
    (name, expected) => {
      const model = make(name)();
      expect(evaluate(model, [2, 3, 64, 64])).toBeClose(expected.eval, { rtol: 1e-4, atol: 1e-4 });
      const { dtype } = expected;
      const got = run(model, [2, 3, 64, 64], { dtype });
      expect(got.shape).toEqual(expected.shape);
      const tolerance = dtype === "float64" ? 1e-6 : 1e-4;
      expect(got.output).toBeClose(expected.output, { rtol: tolerance, atol: tolerance });
      expectGradients([...got.grads, got.inputGrad], [...expected.grads, expected.inputGrad], tolerance);
    },
  );

  it.each(Object.entries(fixture.models))("%s: a seed gives Python's initial weights", (name, expected) => {
    const got = initial(make(name));
    expect(got.after).toBeCloseTo(expected.initial.after, 6);
    expect(got.state.slice(0, 12)).toBeClose(expected.initial.state, { rtol: 1e-5, atol: 1e-4 });
  });
});

const headOptions = {
  default: {},
  lin_ftrs: { linFtrs: [32, 16], ps: [0.1, 0.2, 0.3] },
  "no concat": { concatPool: false, firstBn: false, bnFinal: true },
  lin_first: { linFirst: true },
  y_range: { yRange: [0, 5], linFtrs: [] },
} as const;

describe("createHead", () => {
  it.each(Object.entries(headOptions))(
    "VLN-3: %s has Python's layers, dropouts, output and gradients",
    (name, options) => {
      const expected = fixture.heads[name];
      manualSeed(1);
      const head = createHead(16, 3, options);
      const layers = head.children();
      expect(layers.map((m) => m.constructor.name)).toEqual(expected?.repr);
      expect(layers.flatMap((m) => (m instanceof nn.Dropout ? [m.p] : []))).toEqual(expected?.p);
      const got = run(head, [4, 16, 3, 3]);
      expect(got.keys).toEqual(expected?.keys);
      expect(got.output).toBeClose(expected?.output, { rtol: 1e-4, atol: 1e-5 });
      expectGradients(got.grads, expected?.grads);
    },
  );

  it("refuses a number of dropouts that fits no head", () => {
    expect(() => createHead(16, 3, { ps: [0.1, 0.2, 0.3] })).toThrow("1 or 2 dropouts");
  });

  it("names an unknown option", () => {
    expect(() => createHead(16, 3, JSON.parse('{"linFtr": [3]}'))).toThrow('Did you mean "linFtrs"?');
  });
});

const visionModels = {
  resnet18: [resnet18, {}],
  resnet34: [resnet34, {}],
  resnet50: [resnet50, {}],
  xresnet50: [xresnet50, {}],
  "resnet18 n_in 1": [resnet18, { nIn: 1 }],
  "resnet18 n_in 5": [resnet18, { nIn: 5 }],
} as const;

describe("planVisionModel", () => {
  it.each(Object.entries(visionModels))(
    "VLN-4, VLN-5, VLN-6: %s has Python's size, groups, keys, head and use of the generator",
    (name, [arch, options]) => {
      const expected = fixture.visionModels[name];
      manualSeed(7);
      const { model, load } = planVisionModel(arch, 37, { pretrained: false, ...options });
      expect(load).toBeNull();
      expect(Number(rand([1]).item())).toBeCloseTo(expected?.after ?? Number.NaN, 6);
      expect(countParameters(model)).toBe(expected?.parameters);
      const groups = archMeta(arch).split(model);
      expect(groups.map((group) => group.reduce((sum, p) => sum + p.numel(), 0))).toEqual(expected?.groups);
      expect(keyHash(model)).toBe(expected?.keyHash);
      const linear = model.modules().filter((m): m is nn.Linear => m instanceof nn.Linear);
      const stats = linear.map((m) => scope(() => [m.weight.double().std().item(), m.weight.double().sum().item()]));
      expect(stats).toBeClose(expected?.head, { rtol: 1e-5, atol: 1e-3 });
    },
  );

  it("VLN-5: resnet34 has the groups 1,347,904 / 19,936,768 / 546,304", () => {
    const { model } = planVisionModel(resnet34, 37, { pretrained: false });
    const groups = archMeta(resnet34).split(model);
    expect(groups.map((group) => group.reduce((sum, p) => sum + p.numel(), 0))).toEqual([
      1_347_904, 19_936_768, 546_304,
    ]);
  });

  it("takes any function that makes a model, in two groups", () => {
    class Tiny extends nn.Module<[Tensor], Tensor> {
      conv = new nn.Conv2d(3, 4, 3);
      pool = new nn.AdaptiveAvgPool2d(1);
      fc = new nn.Linear(4, 10);
      override forward(x: Tensor): Tensor {
        return this.fc(this.pool(this.conv(x)).flatten(1));
      }
    }
    const tiny = () => new Tiny();
    const { model } = planVisionModel(tiny, 2, { pretrained: false, linFtrs: [] });
    expect(model(rand([2, 3, 8, 8])).shape).toEqual([2, 2]);
    expect(
      archMeta(tiny)
        .split(model)
        .map((group) => group.length),
    ).toEqual([2, 3]);
    expect(() => model.toConfig()).toThrow('got "tiny"');
  });
});
