import { describe, expect, it } from "vitest";
import { Adam, type BaseOptimizer, Lamb, RAdam } from "../../../src/optimizer/index.js";
import { manualSeed, optim, randn, scope, slice, type Tensor, zeros } from "../../../src/torch/index.js";

const optimizers: [string, (params: Tensor[]) => Pick<BaseOptimizer, "step" | "stateDict" | "loadStateDict">][] = [
  ["optim.AdamW", (params) => new optim.AdamW(params, { lr: 0.1 })],
  ["optim.SGD", (params) => new optim.SGD(params, { lr: 0.1, momentum: 0.9 })],
  ["optim.Adagrad", (params) => new optim.Adagrad(params, { lr: 0.1 })],
  ["Adam", (params) => Adam(params, { lr: 0.1 })],
  ["RAdam", (params) => RAdam(params, { lr: 0.1 })],
  ["Lamb", (params) => Lamb(params, { lr: 0.1 })],
];

const byPixel = (t: Tensor): Tensor => t.contiguous({ memoryFormat: "channels_last" });
const asIs = (t: Tensor): Tensor => t;

/** A kernel of a convolution and a bias, the same ones each time, the kernel laid out by `lay`. */
function fresh(lay: (t: Tensor) => Tensor): Tensor[] {
  manualSeed(0);
  return [lay(randn([4, 3, 2, 2])), randn([4])].map((t) => t.detach().clone().requiresGrad_());
}

/** Steps with the same gradients each time, laid out by `lay`. */
function train(opt: { step(): unknown }, params: Tensor[], from: number, to: number, lay = asIs): void {
  for (let step = from; step <= to; step++) {
    manualSeed(step);
    scope(() => {
      for (const p of params) p.grad = p.ndim === 4 ? lay(randn(p.shape)) : randn(p.shape);
      opt.step();
    });
  }
}

const values = (params: Tensor[]): unknown[] => params.map((p) => p.toArray());

describe("order in memory", () => {
  it.each(optimizers)("%s takes gradients in another order than their parameter's", (_, make) => {
    const [plain, pixels] = [fresh(asIs), fresh(byPixel)];
    train(make(plain), plain, 1, 8);
    train(make(pixels), pixels, 1, 8);
    expect(values(pixels)).toBeClose(values(plain), { rtol: 1e-5 });
    const other = fresh(asIs);
    train(make(other), other, 1, 8, byPixel);
    expect(values(other)).toBeClose(values(plain), { rtol: 1e-5 });
  });

  it.each(optimizers)("%s goes on when a parameter moves in memory, and from a state in another order", (_, make) => {
    const [plain, moved, resumed] = [fresh(asIs), fresh(asIs), fresh(asIs)];
    const [first, second] = [make(plain), make(moved)];
    train(first, plain, 1, 7);
    train(second, moved, 1, 7);
    for (const p of moved) if (p.ndim === 4) p.setData_(byPixel(p.detach()));
    train(second, moved, 8, 12, byPixel);
    for (const [at, p] of resumed.entries()) {
      const value = (plain[at] as Tensor).detach();
      p.setData_(p.ndim === 4 ? byPixel(value).clone() : value.clone());
    }
    const third = make(resumed);
    third.loadStateDict(first.stateDict());
    train(third, resumed, 8, 12, byPixel);
    train(first, plain, 8, 12);
    expect(values(moved)).toBeClose(values(plain), { rtol: 1e-5 });
    expect(values(resumed)).toBeClose(values(plain), { rtol: 1e-5 });
  });

  it("takes expanded gradients, and refuses parameters with gaps", () => {
    const p = zeros([3]).requiresGrad_();
    p.grad = randn([1]).mul(0).add(1).expand([3]);
    new optim.SGD([p], { lr: 1 }).step();
    expect(p.toArray()).toEqual([-1, -1, -1]);
    const gaps = randn([4, 8])
      .at(slice(), slice({ step: 2 }))
      .detach()
      .requiresGrad_();
    gaps.grad = randn([4, 4]);
    expect(() => Adam([gaps]).step()).toThrow(/side by side in memory, got shape \[4,4\] with strides \[8,2\]/);
  });
});
