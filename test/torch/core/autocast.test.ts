import { describe, expect, it } from "vitest";
import { autocast, autocastState, cuda, GradScaler, nn, randn, tensor } from "../../../src/torch/index.js";

describe("autocast", () => {
  it("runs products in the small dtype and puts the settings back", () => {
    const a = randn([4, 4], { requiresGrad: true });
    const inner: boolean[] = [];
    const out = autocast({ device: "cpu" }, () => {
      inner.push(autocastState("cpu").enabled);
      autocast({ device: "cpu", enabled: false }, () => inner.push(autocastState("cpu").enabled));
      return a.matmul(a);
    });
    expect(out.dtype).toBe("bfloat16");
    expect(inner).toEqual([true, false]);
    expect(autocastState("cpu").enabled).toBe(false);
    out.float().sum().backward();
    expect(a.grad?.dtype).toBe("float32");
    expect(a.grad).toBeClose(a.detach().sum(0).unsqueeze(1).add(a.detach().sum(1)).toArray(), {
      rtol: 0.05,
      atol: 0.1,
    });
  });

  it("puts the settings back after an error, and takes one dtype of two", () => {
    const failing = (): never => {
      throw new Error("in the middle");
    };
    expect(() => autocast({ dtype: "float16" }, failing)).toThrow("in the middle");
    expect(autocastState()).toEqual({ enabled: false, dtype: "bfloat16" });
    expect(() => autocast({ dtype: "float64" }, failing)).toThrow(/"float16" or "bfloat16", got "float64"/);
  });

  it.runIf(cuda.isAvailable())("works on CUDA in float16", () => {
    const net = new nn.Linear(8, 8).to("cuda");
    expect(autocast({ device: "cuda:0" }, () => net(randn([2, 8], { device: "cuda" }))).dtype).toBe("float16");
  });
});

describe("GradScaler", () => {
  it("scales a loss, gives gradients back unscaled, and halves its factor when one overflows", () => {
    const p = tensor([1, 2], { requiresGrad: true });
    const scaler = new GradScaler({ initScale: 8, growthInterval: 2 });
    const step = (factor: number): boolean => {
      p.grad = null;
      scaler.scale(p.mul(factor).sum()).backward();
      const finite = scaler.unscale_([p]);
      scaler.update();
      return finite;
    };
    expect(step(3)).toBe(true);
    expect(p.grad).toBeClose([3, 3]);
    expect(step(Number.POSITIVE_INFINITY)).toBe(false);
    expect(scaler.getScale()).toBe(4);
    expect([step(1), step(1), scaler.getScale()]).toEqual([true, true, 8]);
    const other = new GradScaler();
    other.loadStateDict(scaler.stateDict());
    expect(other.stateDict()).toEqual(scaler.stateDict());
    expect(new GradScaler({ enabled: false }).getScale()).toBe(1);
  });
});
