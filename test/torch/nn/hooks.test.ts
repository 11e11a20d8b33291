import { describe, expect, it } from "vitest";
import { keep, memory, ones, scope, type Tensor, tensor } from "../../../src/torch/index.js";
import * as nn from "../../../src/torch/nn/index.js";

class Scale extends nn.Module<[Tensor, Tensor], [Tensor, Tensor]> {
  forward(a: Tensor, b: Tensor): [Tensor, Tensor] {
    return [a.mul(2), b.mul(3)];
  }
}

const values = (gradients: nn.Gradients) => gradients.map((gradient) => gradient?.toArray() ?? null);

describe("TOR-7: hooks of modules", () => {
  it("prepended hooks run first, and a hook taken out runs no more", () => {
    const seen: string[] = [];
    const layer = new nn.Identity();
    const undo = layer.registerForwardHook(() => void seen.push("a"));
    layer.registerForwardHook(() => void seen.push("b"), { prepend: true });
    layer.registerForwardPreHook(() => void seen.push("before"));
    scope(() => layer(ones([1])));
    undo();
    undo();
    scope(() => layer(ones([1])));
    expect(seen).toEqual(["before", "b", "a", "before", "b"]);
  });

  it("a full backward hook sees the gradients of inputs and outputs, one for each", () => {
    const seen: unknown[] = [];
    const module = new Scale();
    module.registerFullBackwardHook((_module, gradInput, gradOutput) => {
      seen.push(values(gradInput), values(gradOutput));
    });
    scope(() => {
      const a = tensor([1, 2], { requiresGrad: true });
      const b = tensor([5, 6]);
      const [x, y] = module(a, b);
      x.mul(tensor([10, 20]))
        .sum()
        .add(y.sum())
        .backward();
      expect(seen).toEqual([
        [[20, 40], null],
        [[10, 20], null],
      ]);
      expect(a.grad?.toArray()).toEqual([20, 40]);
    });
  });

  it("what the hooks return replaces the gradients", () => {
    const module = new nn.Linear(2, 1, { bias: false });
    scope(() => {
      module.weight.setData_(tensor([[3, 4]]));
      const undoPre = module.registerFullBackwardPreHook((_module, [gradient]) => [gradient?.mul(10) ?? null]);
      const undo = module.registerFullBackwardHook((_module, [gradient]) => [gradient?.add(1) ?? null]);
      const x = tensor([[1, 2]], { requiresGrad: true });
      module(x).sum().backward();
      expect(module.weight.grad?.toArray()).toEqual([[10, 20]]);
      expect(x.grad?.toArray()).toEqual([[31, 41]]);
      undoPre();
      undo();
      x.grad = null;
      module(x).sum().backward();
      expect(x.grad).toBeClose([[3, 4]]);
    });
  });

  it("the hook runs when no input needs a gradient, and not at all without gradients", () => {
    const seen: unknown[] = [];
    const module = new nn.Linear(2, 1);
    module.registerFullBackwardHook((_module, gradInput, gradOutput) => {
      seen.push([...gradInput], values(gradOutput));
    });
    scope(() =>
      module(ones([1, 2]))
        .sum()
        .backward(),
    );
    expect(seen).toEqual([[null], [[[1]]]]);
    module.requiresGrad_(false);
    scope(() => {
      expect(module(ones([1, 2])).requiresGrad).toBe(false);
    });
    expect(seen).toHaveLength(2);
  });

  it("each call has gradients of its own", () => {
    const sums: number[] = [];
    const module = new nn.ReLU();
    module.registerFullBackwardHook((_module, _gradInput, [gradient]) => {
      sums.push(gradient?.sum().item() as number);
    });
    scope(() => {
      const x = ones([3], { requiresGrad: true });
      module(module(x).mul(2)).sum().backward();
      expect(x.grad?.toArray()).toEqual([2, 2, 2]);
    });
    expect(sums).toEqual([3, 6]);
  });

  it("a gradient that a hook keeps is alive afterwards, others are freed", () => {
    const module = new nn.Tanh();
    let kept: Tensor | null = null;
    module.registerFullBackwardHook((_module, [gradient]) => {
      kept = gradient ? keep(gradient) : null;
    });
    const x = ones([2], { requiresGrad: true });
    const before = memory().tensors;
    scope(() => module(x).sum().backward());
    expect((kept as Tensor | null)?.shape).toEqual([2]);
    expect(memory().tensors).toBeLessThanOrEqual(before + 4);
  });
});
