import { describe, expect, it } from "vitest";
import {
  detectAnomaly,
  Function,
  type FunctionContext,
  isGradEnabled,
  nn,
  noGrad,
  setDetectAnomaly,
  type Tensor,
  tensor,
} from "../../../src/torch/index.js";
import { caught } from "./caught.js";

function forward(x: Tensor): Tensor {
  const root = x.sub(1).sqrt(); // the gradient of sqrt at 0 is infinite
  return root.mul(0).sum();
}

class Broken extends Function {
  static override forward(_ctx: FunctionContext, x: Tensor) {
    return x.mul(2);
  }
  static override backward(_ctx: FunctionContext, dy: Tensor) {
    return dy.mul(Number.NaN);
  }
}

describe("detectAnomaly", () => {
  it("names the line of the forward call whose backward gave NaN", () => {
    const x = tensor([1], { requiresGrad: true });
    const { name, message } = caught(() => detectAnomaly(() => forward(x).backward()));
    expect(name).toBe("TorchError");
    expect(message).toMatch(/SqrtBackward0 gave NaN for its input 0.*aten::sqrt.*forward .*anomaly\.test\.ts:\d+:\d+/);
    forward(x).backward();
    expect(x.grad?.isnan().item()).toBe(1);
  });

  it("keeps the stack of the forward call as the cause", () => {
    const x = tensor([1], { requiresGrad: true });
    try {
      detectAnomaly(() => forward(x).backward());
    } catch (error) {
      expect(String(((error as Error).cause as Error).stack)).toMatch(/anomaly\.test\.ts/);
    }
  });

  it("sees Functions and layers, and backward passes that come later", () => {
    const x = tensor([[1, 2]], { requiresGrad: true });
    const y = detectAnomaly(() => Broken.apply(x));
    expect(caught(() => y.sum().backward()).message).toMatch(/Broken gave NaN/);
    const layer = new nn.Linear(2, 1);
    noGrad(() => layer.weight.fill_(Number.POSITIVE_INFINITY));
    const out = detectAnomaly(() => layer(x));
    expect(caught(() => out.mul(0).sum().backward()).message).toMatch(/gave NaN/);
  });

  it("passes what is finite, ends with its body, and can stay on", () => {
    const x = tensor([4], { requiresGrad: true });
    detectAnomaly(() => x.sqrt().backward());
    expect(x.grad).toBeClose([0.25]);
    caught(() =>
      detectAnomaly(() => {
        throw new RangeError("mine");
      }),
    );
    expect(setDetectAnomaly(true)).toBe(false);
    expect(setDetectAnomaly(false)).toBe(true);
    expect(isGradEnabled()).toBe(true);
  });
});

class Throwing extends Function {
  static override forward(_ctx: FunctionContext, x: Tensor) {
    return x.mul(2);
  }
  static override backward(_ctx: FunctionContext, _dy: Tensor): Tensor {
    throw new RangeError("no gradient today");
  }
}

describe("an error in the middle of backward", () => {
  it("reaches the caller with the stack of where it was thrown, and leaves autograd usable", () => {
    const x = tensor([1], { requiresGrad: true });
    const thrown = caught(() => Throwing.apply(x).backward());
    expect([thrown.name, thrown.message]).toEqual(["RangeError", "no gradient today"]);
    expect(thrown.stack).toMatch(/backward .*anomaly\.test\.ts/);
    const remove = x.registerHook(() => {
      throw new TypeError("hook");
    });
    expect(caught(() => x.mul(3).backward()).stack).toMatch(/anomaly\.test\.ts/);
    remove();
    const after = tensor([1], { requiresGrad: true });
    after.mul(3).backward();
    expect([after.grad?.item(), isGradEnabled()]).toEqual([3, true]);
  });
});
