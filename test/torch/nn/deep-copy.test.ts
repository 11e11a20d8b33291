import { describe, expect, it } from "vitest";
import { inferenceMode, manualSeed, randn, scope, type Tensor, tensor } from "../../../src/torch/index.js";
import * as nn from "../../../src/torch/nn/index.js";
import { fromSpec, toSpec } from "../../../src/torch/registry.js";

class Tied extends nn.Module<[Tensor], Tensor> {
  encode = new nn.Linear(3, 3);
  decode = new nn.Linear(3, 3);
  blocks = [new nn.ReLU(), this.encode];
  byName = new Map([["norm", new nn.BatchNorm1d(3)]]);
  settings = { rate: 0.5, list: [1, 2] };
  plain = tensor([1, 2]);
  constructor() {
    super();
    this.decode.weight = this.encode.weight;
  }
  forward(x: Tensor): Tensor {
    return this.byName.get("norm")?.(this.decode(this.encode(x)).mul(this.settings.rate)) ?? x;
  }
}

describe("deepCopy", () => {
  it("shares nothing with the original, and keeps what is shared inside", () => {
    const net = new Tied().eval();
    net.encode.bias?.requiresGrad_(false);
    const copy = net.deepCopy();
    expect(copy).toBeInstanceOf(Tied);
    expect(copy.decode.weight).toBe(copy.encode.weight);
    expect(copy.blocks[1]).toBe(copy.encode);
    expect(copy.encode.weight).not.toBe(net.encode.weight);
    expect([copy.training, copy.encode.bias?.requiresGrad]).toEqual([false, false]);
    const x = randn([4, 3]);
    const before = net(x).toArray();
    expect(copy(x).toArray()).toEqual(before);
    inferenceMode(() => {
      copy.encode.weight.zero_();
      copy.byName.get("norm")?.running_mean?.add_(5);
      copy.settings.rate = 0;
      copy.plain.zero_();
    });
    expect(net(x).toArray()).toEqual(before);
    expect(net.plain.toArray()).toEqual([1, 2]);
    expect([...copy.stateDict().keys()]).toEqual([...net.stateDict().keys()]);
  });

  it("copies every layer of nn with its settings, hooks and description", () => {
    manualSeed(0);
    const net = new nn.Sequential(
      new nn.Conv2d(2, 4, 3, { padding: 1, paddingMode: "circular" }),
      new nn.BatchNorm2d(4, { momentum: null }),
      new nn.GroupNorm(2, 4),
      new nn.MaxPool2d(2),
      new nn.AdaptiveAvgPool2d([2, null]),
      new nn.Flatten(),
      new nn.LazyLinear(3),
      new nn.LayerNorm(3),
      new nn.Dropout(0.5),
    );
    const x = randn([2, 2, 4, 4]);
    const lazy = net.deepCopy();
    net(x);
    let calls = 0;
    net.registerForwardHook(() => void calls++);
    const copy = net.deepCopy().eval();
    expect(lazy.at(6)?.toString()).toBe("LazyLinear(in_features=0, out_features=3, bias=True)");
    expect(lazy(x).shape).toEqual([2, 3]);
    scope(() => {
      expect(copy(x)).toBeClose(net.eval()(x));
    });
    expect(calls).toBe(2);
    expect(copy.toString()).toBe(net.toString());
    expect(toSpec(copy)).toEqual(toSpec(net));
    expect(copy.stateDict().get("1.num_batches_tracked")?.item()).toBe(1);
  });

  it("layers under weight norm and under parametrizations stay so, each with weights of its own", () => {
    for (const wrap of [nn.utils.weightNorm, nn.utils.spectralNorm]) {
      const layer = wrap(new nn.Linear(3, 2)).eval();
      const copy = layer.deepCopy();
      const x = randn([1, 3]);
      const before = layer(x).toArray();
      inferenceMode(() => copy.parameters().forEach((parameter) => void parameter.mul_(2)));
      expect(layer(x).toArray()).toEqual(before);
      expect(copy(x).toArray()).not.toEqual(before);
      expect(fromSpec(toSpec(copy))).toBeInstanceOf(nn.Linear);
    }
    const copy = nn.utils.removeWeightNorm(nn.utils.weightNorm(new nn.Linear(3, 2)).deepCopy());
    expect(copy.weight).toBeInstanceOf(nn.Parameter);
    const square = nn.utils.parametrizations.orthogonal(new nn.Linear(3, 3)).deepCopy();
    expect(square.weight.mm(square.weight.t())).toBeClose(
      [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
      { atol: 1e-5 },
    );
  });
});
