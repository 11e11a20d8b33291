import { describe, expect, it } from "vitest";
import {
  autocast,
  grad,
  jvp,
  manualSeed,
  nn,
  noGrad,
  ops,
  randn,
  type Tensor,
  vmap,
} from "../../../src/torch/index.js";

const { mseLoss } = nn.functional;

/** Predictions and targets. */
function pair(shape: number[], dtype: "float32" | "float64" = "float32"): [Tensor, Tensor] {
  manualSeed(2);
  return [randn(shape, { dtype }).requiresGrad_(), randn(shape, { dtype })];
}

const squares = (x: Tensor, y: Tensor): Tensor => x.sub(y).square();

describe("the mean squared error of few numbers", () => {
  for (const shape of [[64], [64, 1], [3, 5, 7], [], [1]]) {
    for (const [code, reduction] of [
      [1, "mean"],
      [2, "sum"],
    ] as const) {
      it(`has libtorch's value and gradient: [${shape}], ${reduction}`, () => {
        const [x, y] = pair(shape);
        const loss = mseLoss(x, y, { reduction });
        expect(loss.gradFn).toBe("MseLossBackward");
        expect(loss.shape).toEqual([]);
        expect(loss).toBeClose(squares(x, y)[reduction](), { rtol: 1e-6 });
        const given = randn([]);
        const [ours] = grad(loss, [x], { gradOutputs: given }) as [Tensor];
        const right = ops.aten.mse_loss_backward(given, x.detach(), y, code) as Tensor;
        expect(ours.equal(right)).toBe(true);
      });
    }
  }

  it("gives targets their gradient, too, and either alone", () => {
    const [x, y] = pair([6]);
    mseLoss(x, y.requiresGrad_()).backward();
    expect(y.grad?.equal(x.grad?.neg() as Tensor)).toBe(true);
    const [ofTargets] = grad(mseLoss(x.detach(), y), [y]) as [Tensor];
    expect(ofTargets.equal(y.grad as Tensor)).toBe(true);
  });

  it("may be differentiated again", () => {
    const [x, y] = pair([6]);
    const [first] = grad(mseLoss(x, y.requiresGrad_()), [x], { createGraph: true }) as [Tensor];
    const seconds = grad(first.pow(2).sum(), [x, y]) as Tensor[];
    const right = grad(squares(x, y).mean(), [x], { createGraph: true }) as [Tensor];
    const expected = grad(right[0].pow(2).sum(), [x, y]) as Tensor[];
    seconds.forEach((second, i) => {
      expect(second).toBeClose(expected[i] as Tensor, { rtol: 1e-6 });
    });
  });

  it("goes through forward mode, vmap and autocast", () => {
    const [x, y] = pair([4, 6]);
    const given = x.detach();
    const loss = (predictions: Tensor): Tensor => mseLoss(predictions, y);
    const direction = randn([4, 6]);
    const expected = grad(loss(x), [x])[0]?.mul(direction).sum() as Tensor;
    expect(jvp(loss, [given], [direction])[1]).toBeClose(expected, { rtol: 1e-5 });
    const rows = vmap((a: Tensor, b: Tensor) => mseLoss(a, b))(given, y);
    expect(rows).toBeClose(squares(given, y).mean(1), { rtol: 1e-6 });
    autocast({ device: "cpu" }, () => {
      expect(mseLoss(given.bfloat16(), y).dtype).toBe("float32");
    });
  });

  it("leaves to libtorch what it does not know", () => {
    const [x, y] = pair([5, 3], "float64");
    expect(mseLoss(x, y).gradFn).not.toBe("MseLossBackward");
    const [wide, target] = pair([200, 200]);
    expect(mseLoss(wide, target).gradFn).not.toBe("MseLossBackward");
    const [few, other] = pair([5, 3]);
    expect(mseLoss(few, other, { reduction: "none" }).shape).toEqual([5, 3]);
    expect(mseLoss(few.t(), other.t())).toBeClose(mseLoss(few, other), { rtol: 1e-6 });
    expect(mseLoss(few, other.narrow(0, 0, 1))).toBeClose(squares(few, other.narrow(0, 0, 1)).mean(), { rtol: 1e-6 });
    expect(() => mseLoss(few, randn([4, 2]))).toThrow(/5.*4|3.*2/);
    expect(noGrad(() => mseLoss(few, other)).requiresGrad).toBe(false);
    expect(mseLoss(randn([0]), randn([0])).item()).toBeNaN();
  });
});
