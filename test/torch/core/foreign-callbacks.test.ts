import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { native } from "../../../src/native.js";
import {
  enableGrad,
  Function,
  type FunctionContext,
  grad,
  isGradEnabled,
  type Tensor,
  tensor,
} from "../../../src/torch/index.js";

/** Twice its argument; counts its backward passes. */
class Double extends Function {
  static passes = 0;
  static override forward(_ctx: FunctionContext, x: Tensor): Tensor {
    return x.mul(2);
  }
  static override backward(_ctx: FunctionContext, gradient: Tensor): Tensor {
    Double.passes++;
    return gradient.mul(2);
  }
}

// As with the graph of a CUDA device: backward runs on another thread and reaches callbacks there.
describe("callbacks from another thread", () => {
  beforeEach(() => native.backwardElsewhere(true));
  afterEach(() => native.backwardElsewhere(false));

  it("sees and changes gradients in a hook", () => {
    const x = tensor([1, 2, 3], { requiresGrad: true });
    const seen: unknown[] = [];
    x.registerHook((gradient: Tensor) => {
      seen.push(gradient.toArray());
      return gradient.mul(10);
    });
    x.mul(x).sum().backward();
    expect(seen).toEqual([[2, 4, 6]]);
    expect(x.grad?.toArray()).toEqual([20, 40, 60]);
  });

  it("throws what a hook throws at the caller of backward, and goes on working", () => {
    const x = tensor([1, 2], { requiresGrad: true });
    const y = x.mul(x);
    const undo = y.registerHook(() => {
      throw new RangeError("not today");
    });
    let caught: unknown;
    try {
      y.sum().backward({ retainGraph: true });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(RangeError);
    undo();
    y.sum().backward();
    expect(x.grad?.toArray()).toEqual([2, 4]);
  });

  it("runs a backward pass inside a hook, and one inside that", () => {
    const x = tensor([3], { requiresGrad: true });
    const depths: number[] = [];
    const square = (depth: number): void => {
      const z = tensor([depth], { requiresGrad: true });
      const w = z.mul(z);
      w.registerHook(() => {
        depths.push(depth);
        if (depth < 3) enableGrad(() => square(depth + 1));
      });
      w.sum().backward();
      expect(z.grad?.toArray()).toEqual([2 * depth]);
    };
    const y = x.mul(2);
    y.registerHook(() => enableGrad(() => square(1)));
    y.sum().backward();
    expect(depths).toEqual([1, 2, 3]);
    expect(x.grad?.toArray()).toEqual([2]);
  });

  it("has the pass's own grad mode, and second derivatives through a Function", () => {
    const x = tensor([2], { requiresGrad: true });
    const modes: boolean[] = [];
    const y: Tensor = Double.apply(x.mul(x));
    y.registerHook(() => {
      modes.push(isGradEnabled());
    });
    Double.passes = 0;
    const [first] = grad(y.sum(), x, { createGraph: true });
    expect(first?.toArray()).toEqual([8]);
    const [second] = grad(first?.sum() as Tensor, x);
    expect(second?.toArray()).toEqual([4]);
    y.sum().backward();
    expect(modes).toEqual([true, false]);
    expect(Double.passes).toBeGreaterThan(0);
  });
});
