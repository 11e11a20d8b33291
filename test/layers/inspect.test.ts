import { describe, expect, it } from "vitest";
import {
  ConvLayer,
  childrenAndParameters,
  flattenModel,
  hasChildren,
  inChannels,
  ParameterModule,
  SimpleSelfAttention,
} from "../../src/layers/index.js";
import { nn, ones } from "../../src/torch/index.js";

const names = (modules: nn.AnyModule[]) => modules.map((m) => m.constructor.name);

describe("model inspection", () => {
  it("LAY-22: childrenAndParameters adds lone parameters as modules", () => {
    const model = new SimpleSelfAttention(4);
    const found = childrenAndParameters(model);
    expect(names(found)).toEqual(["Conv1d", "ParameterModule"]);
    expect((found[1] as ParameterModule).val).toBe(model.gamma);
  });

  it("LAY-22: flattenModel lists the innermost modules in order", () => {
    const model = new nn.Sequential(new ConvLayer(1, 2), new nn.Sequential(new nn.Flatten(), new nn.Linear(2, 3)));
    expect(names(flattenModel(model))).toEqual(["Conv2d", "BatchNorm2d", "ReLU", "Flatten", "Linear"]);
    expect(hasChildren(model)).toBe(true);
    expect(hasChildren(new nn.ReLU())).toBe(false);
  });

  it("LAY-22: inChannels is what the first convolution reads", () => {
    expect(inChannels(new nn.Sequential(new nn.BatchNorm2d(5), new ConvLayer(5, 2)))).toBe(5);
    expect(inChannels(new ConvLayer(7, 2, { normType: "Spectral" }))).toBe(7);
    expect(() => inChannels(new nn.Linear(2, 2))).toThrow("expected a model with a 4-D weight");
  });

  it("LAY-1: a ParameterModule passes its input on", () => {
    expect(new ParameterModule(new nn.Parameter(ones([1])))(ones([2]))).toBeClose([1, 1]);
  });
});
