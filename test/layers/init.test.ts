import { describe, expect, it } from "vitest";
import {
  applyInit,
  BatchNorm,
  ConvLayer,
  Embedding,
  icnrInit,
  initDefault,
  initLinear,
  type Layer,
} from "../../src/layers/index.js";
import { manualSeed, nn, ones, type Tensor, zeros } from "../../src/torch/index.js";

const fill = (value: number) => (weight: Tensor) => weight.fill_(value);
const spread = (weight: Tensor) => Number(weight.std().item());

describe("initialisation", () => {
  it("TOR-10: initDefault fills the weight and zeroes the bias, and returns the module", () => {
    const layer = new nn.Linear(3, 2);
    expect(initDefault(layer, fill(2))).toBe(layer);
    expect(layer.weight).toBeClose([
      [2, 2, 2],
      [2, 2, 2],
    ]);
    expect(layer.bias).toBeClose([0, 0]);
  });

  it("TOR-10: applyInit leaves norms and frozen layers alone", () => {
    const frozen = new nn.Linear(2, 2);
    frozen.requiresGrad_(false);
    const before = frozen.weight.toArray();
    const model = new nn.Sequential(new nn.Linear(2, 1), BatchNorm(2, { ndim: 1 }), frozen);
    applyInit(model, fill(3));
    expect(model.stateDict().get("0.weight")).toBeClose([[3, 3]]);
    expect(model.stateDict().get("1.weight")).toBeClose([1, 1]);
    expect(model.stateDict().get("1.bias")).toBeClose([1e-3, 1e-3]);
    expect(frozen.weight).toBeClose(before);
  });

  it("VLN-4: applyInit draws kaiming_normal weights by default", () => {
    manualSeed(0);
    const layer = new nn.Linear(800, 50);
    applyInit(layer);
    expect(spread(layer.weight)).toBeCloseTo(Math.sqrt(2 / 800), 3);
  });

  const acts: [string, Layer | null, number][] = [
    ["ReLU: kaiming_uniform", new nn.ReLU(), Math.sqrt(2 / 400)],
    ["Mish: kaiming_uniform", new nn.Mish(), Math.sqrt(2 / 400)],
    ["Tanh: xavier_uniform", new nn.Tanh(), Math.sqrt(2 / 500)],
    ["nothing: the layer's own", null, Math.sqrt(1 / 1200)],
    ["GELU: the layer's own", new nn.GELU(), Math.sqrt(1 / 1200)],
  ];
  it.each(acts)("LAY-7: initLinear before %s", (_name, act, std) => {
    manualSeed(1);
    const layer = new nn.Linear(400, 100);
    initLinear(layer, act);
    expect(spread(layer.weight)).toBeCloseTo(std, 3);
    expect(spread(layer.bias as Tensor)).toBeCloseTo(0.01, 2);
  });

  it("LAY-7: initLinear takes a function, a class's own choice, and biases of zero or none", () => {
    class Odd extends nn.Module {
      static defaultInit = fill(5);
      override forward(x: Tensor) {
        return x;
      }
    }
    const layer = new nn.Linear(2, 1);
    initLinear(layer, new Odd(), { biasStd: 0 });
    expect(layer.weight).toBeClose([[5, 5]]);
    expect(layer.bias).toBeClose([0]);
    initLinear(layer, null, { init: fill(7) });
    expect(layer.weight).toBeClose([[7, 7]]);
    initLinear(new nn.Linear(2, 1, { bias: false }), null);
    layer.bias?.requiresGrad_(false).fill_(9);
    initLinear(layer, null, { init: null, biasStd: null });
    expect(layer.weight).toBeClose([[7, 7]]);
    expect(layer.bias).toBeClose([9]);
  });

  it("LAY-9: embeddings lie within twice std, with a spread of 0.866 std", () => {
    manualSeed(2);
    const { weight } = new Embedding(500, 40, { std: 0.1 });
    expect(Number(weight.abs().max().item())).toBeLessThanOrEqual(0.2);
    expect(spread(weight)).toBeCloseTo(0.0866, 3);
  });

  it("LAY-13: icnrInit gives each group of scale² channels one kernel", () => {
    manualSeed(3);
    const weight = icnrInit(zeros([8, 3, 2, 2]));
    const rows = weight.flatten(1).toArray() as number[][];
    for (const i of [1, 2, 3]) expect(rows[i]).toEqual(rows[0]);
    expect(rows[4]).not.toEqual(rows[0]);
    expect(rows[5]).toEqual(rows[4]);
  });

  it("LAY-5: BatchZero and InstanceZero start with weight 0", () => {
    const layers = [new ConvLayer(1, 2, { normType: "BatchZero" }), new ConvLayer(1, 2, { normType: "InstanceZero" })];
    for (const layer of layers) expect(layer.stateDict().get("1.weight")).toBeClose([0, 0]);
    expect(
      layers[0]?.(ones([1, 1, 4, 4]))
        .std()
        .item(),
    ).toBe(0);
  });

  it("names an unknown option of a layer", () => {
    expect(() => new ConvLayer(1, 2, JSON.parse('{"strid": 2}'))).toThrow('Did you mean "stride"?');
  });
});
