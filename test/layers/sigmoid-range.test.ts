import { describe, expect, it } from "vitest";
import { sigmoidRange } from "../../src/layers/index.js";
import { grad, jvp, manualSeed, randn, type Tensor, vmap } from "../../src/torch/index.js";

const [low, high] = [-1, 5.5];

function composed(x: Tensor): Tensor {
  return x
    .sigmoid()
    .mul(high - low)
    .add(low);
}

const own = (x: Tensor) => sigmoidRange(x, low, high);

describe("LAY-2: sigmoidRange", () => {
  for (const [name, make] of [
    ["few numbers", () => randn([64, 3])],
    ["one number", () => randn([])],
    ["no numbers", () => randn([0])],
    ["many numbers", () => randn([300, 200])],
    ["a transposed tensor", () => randn([5, 7]).t()],
    ["float64", () => randn([9], { dtype: "float64" })],
    ["bfloat16", () => randn([9]).to("bfloat16")],
  ] as const) {
    it(`gives the numbers and gradients of its three operations, ${name}`, () => {
      manualSeed(0);
      const x = make();
      const weights = make();
      const [a, b] = [x.detach().clone().requiresGrad_(), x.detach().clone().requiresGrad_()];
      const [ours, theirs] = [own(a), composed(b)];
      ours.mul(weights).sum().backward();
      theirs.mul(weights).sum().backward();
      expect(ours.dtype).toBe(x.dtype);
      expect(ours.equal(theirs)).toBe(true);
      expect(a.grad?.equal(b.grad as Tensor)).toBe(true);
    });
  }

  it("has a second derivative, one in forward mode, and goes through vmap without a warning", async () => {
    manualSeed(1);
    const warnings: Error[] = [];
    const note = (warning: Error): unknown => warnings.push(warning);
    process.on("warning", note);
    const x = randn([6]).requiresGrad_();
    const second = (f: (x: Tensor) => Tensor): Tensor => {
      const [first] = grad(f(x).sum(), [x], { createGraph: true }) as [Tensor];
      return (grad(first.pow(2).sum(), [x]) as [Tensor])[0];
    };
    expect(second(own)).toBeClose(second(composed), { rtol: 1e-6 });
    const direction = randn([6]);
    expect(jvp(own, [x.detach()], [direction])[1]).toBeClose(jvp(composed, [x.detach()], [direction])[1], {
      rtol: 1e-6,
    });
    const rows = randn([4, 6]);
    expect(vmap(own)(rows)).toBeClose(composed(rows), { rtol: 1e-6 });
    await new Promise(setImmediate); // Node.js shows warnings later
    process.off("warning", note);
    expect(warnings).toEqual([]);
  });

  it("wants no gradient where none is wanted", () => {
    const x = randn([3]);
    expect(own(x).requiresGrad).toBe(false);
    expect(own(x.requiresGrad_()).gradFn).toBe("SigmoidRangeBackward");
  });
});
