import { describe, expect, it } from "vitest";
import { manualSeed, ones, randn, ShapeError, type Tensor, tensor, ValueError } from "../../../src/torch/index.js";
import * as nn from "../../../src/torch/nn/index.js";
import { fromSpec, type Spec, toSpec } from "../../../src/torch/registry.js";

const { parametrize, parametrizations } = nn.utils;

class Symmetric extends nn.Module<[Tensor], Tensor> {
  calls = 0;
  forward(x: Tensor): Tensor {
    this.calls++;
    return x.triu().add(x.triu(1).t());
  }
  rightInverse(wanted: Tensor): Tensor {
    return wanted.triu();
  }
}

class Twice extends nn.Module<[Tensor], Tensor> {
  forward(x: Tensor): Tensor {
    return x.mul(2);
  }
}

class Wider extends nn.Module<[Tensor], Tensor> {
  forward(x: Tensor): Tensor {
    return x.repeat([1, 2]);
  }
}

describe("registerParametrization", () => {
  it("computes the weight wherever the layer reads it, and sends gradients to the original", () => {
    const layer = parametrize.registerParametrization(new nn.Linear(2, 2, { bias: false }), "weight", new Symmetric());
    layer.weight = tensor([
      [1, 2],
      [2, 5],
    ]) as nn.Parameter;
    expect(layer.weight.toArray()).toEqual([
      [1, 2],
      [2, 5],
    ]);
    expect([...layer.stateDict().keys()]).toEqual(["parametrizations.weight.original"]);
    expect(layer(tensor([[1, 1]])).toArray()).toEqual([[3, 7]]);
    layer(ones([1, 2]))
      .sum()
      .backward();
    expect(layer.getParameter("parametrizations.weight.original").grad?.toArray()).toEqual([
      [1, 2],
      [0, 1],
    ]);
    expect(parametrize.isParametrized(layer)).toBe(true);
    expect(parametrize.isParametrized(layer, "bias")).toBe(false);
  });

  it("applies several one after the other, and takes all out with or without the value", () => {
    const start = () => {
      const layer = new nn.Linear(2, 2);
      layer.weight.setData_(ones([2, 2]));
      parametrize.registerParametrization(layer, "weight", new Symmetric());
      return parametrize.registerParametrization(layer, "weight", new Twice());
    };
    expect(start().weight.toArray()).toEqual([
      [2, 2],
      [2, 2],
    ]);
    const kept = parametrize.removeParametrizations(start(), "weight");
    expect(kept.weight).toBeInstanceOf(nn.Parameter);
    expect(kept.weight.toArray()).toEqual([
      [2, 2],
      [2, 2],
    ]);
    expect([...kept.stateDict().keys()].sort()).toEqual(["bias", "weight"]);
    const original = parametrize.removeParametrizations(start(), "weight", { leaveParametrized: false });
    expect(original.weight.toArray()).toEqual([
      [1, 1],
      [0, 1],
    ]);
    expect(parametrize.isParametrized(original)).toBe(false);
  });

  it("in cached, a tensor is computed once", () => {
    const step = new Symmetric();
    const layer = parametrize.registerParametrization(new nn.Linear(2, 2), "weight", step);
    step.calls = 0;
    parametrize.cached(() => {
      layer(ones([1, 2]));
      layer(ones([1, 2]));
    });
    expect(step.calls).toBe(1);
    layer(ones([1, 2]));
    expect(step.calls).toBe(2);
  });

  it("refuses what is no parameter, and a change of shape unless it is unsafe", () => {
    expect(() => parametrize.registerParametrization(new nn.ReLU(), "weight", new Twice())).toThrow(ValueError);
    expect(() => parametrize.registerParametrization(new nn.Linear(2, 2), "weight", new Wider())).toThrow(ShapeError);
    const wide = parametrize.registerParametrization(new nn.Linear(2, 2), "weight", new Wider(), { unsafe: true });
    expect(wide(ones([1, 4])).shape).toEqual([1, 2]);
    expect(() => parametrize.removeParametrizations(new nn.Linear(1, 1), "weight")).toThrow(/parametrized/);
    const twice = parametrize.registerParametrization(new nn.Linear(2, 2), "weight", new Twice());
    expect(() => {
      twice.weight = ones([2, 2]) as nn.Parameter;
    }).toThrow(/rightInverse/);
  });

  it("an orthogonal weight takes the value it is given", () => {
    manualSeed(1);
    const layer = parametrizations.orthogonal(new nn.Linear(3, 3));
    const turn = tensor([
      [0, 1, 0],
      [-1, 0, 0],
      [0, 0, 1],
    ]);
    layer.weight = turn as nn.Parameter;
    expect(layer.weight).toBeClose(turn.toArray(), { atol: 1e-6 });
  });

  it("ready-made parametrizations come back from a description", () => {
    for (const wrap of [parametrizations.weightNorm, parametrizations.spectralNorm, parametrizations.orthogonal]) {
      const layer = wrap(new nn.Linear(3, 2)).eval();
      const copy = fromSpec(JSON.parse(JSON.stringify(toSpec(layer))) as Spec) as nn.Linear; // made by the description of a Linear
      copy.eval().loadStateDict(layer.stateDict());
      const x = randn([2, 3]);
      expect(copy(x)).toBeClose(layer(x).toArray());
    }
    const own = parametrize.registerParametrization(new nn.Linear(2, 2), "weight", new Twice());
    expect(() => JSON.stringify(toSpec(own))).toThrow(/Twice/);
    expect(toSpec(parametrize.removeParametrizations(own, "weight")).type).toBe("nn.Linear");
  });
});
