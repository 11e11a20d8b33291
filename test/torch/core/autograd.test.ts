import { describe, expect, it } from "vitest";
import {
  enableGrad,
  Function,
  type FunctionContext,
  grad,
  gradcheck,
  grads,
  inferenceMode,
  isGradEnabled,
  noGrad,
  ones,
  randn,
  type Tensor,
  tensor,
  zeroGrads,
  zeros,
} from "../../../src/torch/index.js";

class Exp extends Function {
  static override forward(ctx: FunctionContext, x: Tensor) {
    const y = x.exp();
    ctx.saveForBackward(y);
    return y;
  }
  static override backward(ctx: FunctionContext, dy: Tensor) {
    return dy.mul(ctx.savedTensors[0] as Tensor);
  }
}

class Wrong extends Function {
  static override forward(_ctx: FunctionContext, x: Tensor) {
    return x.mul(2);
  }
  static override backward(_ctx: FunctionContext, dy: Tensor) {
    return dy.mul(3);
  }
}

class Scaled extends Function {
  static override forward(ctx: FunctionContext, x: Tensor, factor: number, y: Tensor) {
    ctx.factor = factor;
    return [x.mul(factor), y.add(1)];
  }
  static override backward(ctx: FunctionContext, dx: Tensor, dy: Tensor) {
    return [dx.mul(ctx.factor as number), null, dy];
  }
}

const double = (...shape: number[]) => randn(shape, { dtype: "float64", requiresGrad: true });

describe("backward", () => {
  it("accumulates into leaves", () => {
    const w = tensor([1, 2], { requiresGrad: true });
    w.mul(w).sum().backward();
    expect(w.grad).toBeClose([2, 4]);
    w.mul(3).sum().backward();
    expect(w.grad).toBeClose([5, 7]);
    w.grad = null;
    expect(w.grad).toBeNull();
    w.mul(2).backward(tensor([1, 10]));
    expect(w.grad).toBeClose([2, 20]);
  });

  it("keeps the graph only when asked", () => {
    const w = tensor([2], { requiresGrad: true });
    const y = w.exp().sum();
    y.backward({ retainGraph: true });
    y.backward();
    expect(() => y.backward()).toThrow(/second time/);
  });

  it("gives second derivatives", () => {
    const x = tensor([3], { requiresGrad: true });
    const [first] = grad(x.pow(3).sum(), [x], { createGraph: true });
    const [second] = grad((first as Tensor).sum(), [x]);
    expect(second).toBeClose([18]);
  });

  it("allows unused inputs only when asked", () => {
    const [x, y] = [tensor([1], { requiresGrad: true }), tensor([1], { requiresGrad: true })];
    expect(grad(x.mul(2).sum(), [x, y], { allowUnused: true })[1]).toBeNull();
    expect(() => grad(x.mul(2).sum(), [x, y])).toThrow(/not have been used/);
    expect(grad(x.mul(2).sum(), [x, y], { materializeGrads: true })[1]).toBeClose([0]);
  });

  it("reads and clears many gradients at once", () => {
    const params = [ones([2], { requiresGrad: true }), ones([3], { requiresGrad: true })];
    params[0]?.sum().backward();
    expect(grads(params).map((g) => g?.toArray() ?? null)).toEqual([[1, 1], null]);
    zeroGrads(params);
    expect(params[0]?.grad).toBeNull();
  });

  it("tells the operation that made a tensor", () => {
    const w = tensor([1], { requiresGrad: true });
    expect(w.gradFn).toBeNull();
    expect(w.isLeaf).toBe(true);
    expect(w.mul(w).gradFn).toBe("MulBackward0");
  });
});

describe("modes", () => {
  it("noGrad and enableGrad nest and end with an error too", () => {
    const w = tensor([1], { requiresGrad: true });
    expect(noGrad(() => w.mul(2).requiresGrad)).toBe(false);
    expect(noGrad(() => enableGrad(() => w.mul(2).requiresGrad))).toBe(true);
    expect(() =>
      noGrad(() => {
        throw new Error("x");
      }),
    ).toThrow("x");
    expect(isGradEnabled()).toBe(true);
    expect(() => noGrad(async () => 1)).toThrow(/synchronous/);
  });

  it("inferenceMode makes results that backward refuses, and passes errors on", () => {
    const w = tensor([1], { requiresGrad: true });
    const y = inferenceMode(() => w.mul(2));
    expect(() => y.mul(w).sum().backward()).toThrow(/[Ii]nference/);
    expect(() =>
      inferenceMode(() => {
        throw new RangeError("mine");
      }),
    ).toThrow(RangeError);
  });
});

describe("hooks", () => {
  it("see and replace gradients until they are removed", () => {
    const w = tensor([1, 2], { requiresGrad: true });
    const seen: unknown[] = [];
    const remove = w.registerHook((g) => {
      seen.push(g.toArray());
      return g.clamp(-1, 1);
    });
    w.mul(5).sum().backward();
    expect(seen).toEqual([[5, 5]]);
    expect(w.grad).toBeClose([1, 1]);
    remove();
    w.grad = null;
    w.mul(5).sum().backward();
    expect(w.grad).toBeClose([5, 5]);
  });

  it("throw through backward, and leave autograd usable", () => {
    const w = tensor([1], { requiresGrad: true });
    const remove = w.registerHook(() => {
      throw new TypeError("from the hook");
    });
    expect(() => w.mul(2).sum().backward()).toThrow(TypeError);
    remove();
    w.grad = null;
    w.mul(2).sum().backward();
    expect(w.grad).toBeClose([2]);
  });
});

describe("Function", () => {
  it("differentiates by its own backward", () => {
    expect(gradcheck((x) => Exp.apply(x), [double(3)])).toBe(true);
    expect(() => gradcheck((x) => Wrong.apply(x), [double(3)])).toThrow(/backward gives 3.*finite differences/);
  });

  it("takes other arguments and gives several outputs", () => {
    const [x, y] = [tensor([1, 2], { requiresGrad: true }), tensor([3], { requiresGrad: true })];
    const [a, b] = Scaled.apply(x, 4, y) as [Tensor, Tensor];
    a.sum().add(b.mul(2).sum()).backward();
    expect(x.grad).toBeClose([4, 4]);
    expect(y.grad).toBeClose([2]);
  });

  it("says so when backward is run twice without keeping the graph", () => {
    const x = tensor([1], { requiresGrad: true });
    const y = Exp.apply(x).sum();
    y.backward();
    expect(() => y.backward()).toThrow(/second time|retainGraph/);
  });
});

describe("setData_", () => {
  it("shares another tensor's values and keeps the identity", () => {
    const p = zeros([2], { requiresGrad: true });
    p.setData_(ones([2], { dtype: "float64" }));
    expect(p.dtype).toBe("float64");
    expect(p.requiresGrad).toBe(true);
    expect(p.toArray()).toEqual([1, 1]);
  });
});
