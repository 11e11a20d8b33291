import { describe, expect, it } from "vitest";
import { ConvLayer, LinBnDrop, normBiasParams, params, requiresGrad, trainableParams } from "../../src/layers/index.js";
import { nn, zeros } from "../../src/torch/index.js";

class Recurrent extends nn.Module {
  bias_ih_l0 = new nn.Parameter(zeros([3]));
  bias = new nn.Parameter(zeros([2]));
  override forward() {
    return zeros([1]);
  }
}

describe("parameters of modules", () => {
  it("TOR-9: params lists those of one module, or of several in turn", () => {
    const [a, b] = [new nn.Linear(2, 3), new nn.Linear(3, 4, { bias: false })];
    expect(params(a)).toEqual([a.weight, a.bias]);
    expect(params([b, a])).toEqual([b.weight, a.weight, a.bias]);
  });

  it("TOR-9: trainableParams leaves frozen ones out, requiresGrad looks at the first", () => {
    const layer = new nn.Linear(2, 3);
    layer.weight.requiresGrad_(false);
    expect(trainableParams(layer)).toEqual([layer.bias]);
    expect(requiresGrad(layer)).toBe(false);
    expect(requiresGrad(new nn.ReLU())).toBe(false);
    expect(requiresGrad(new nn.Linear(1, 1))).toBe(true);
  });

  it("TOR-9: normBiasParams finds norms and everything called bias, deep down, and no bias of another name", () => {
    const recurrent = new Recurrent();
    const conv = new ConvLayer(3, 4, { bias: true });
    const model = new nn.Sequential(conv, new LinBnDrop(4, 2), recurrent);
    const names = new Map(model.namedParameters().map(([name, p]) => [p, name]));
    const found = normBiasParams(model).map((p) => names.get(p));
    expect(found).toEqual(["0.0.bias", "0.1.weight", "0.1.bias", "1.0.weight", "1.0.bias", "2.bias"]);
    const norms = normBiasParams(model, { withBias: false }).map((p) => names.get(p));
    expect(norms).toEqual(["0.1.weight", "0.1.bias", "1.0.weight", "1.0.bias"]);
  });
});
