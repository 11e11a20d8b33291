import { describe, expect, it } from "vitest";
import {
  linalg,
  manualSeed,
  randn,
  randnLike,
  ShapeError,
  stack,
  type Tensor,
  ValueError,
  vmap,
} from "../../../src/torch/index.js";
import { caught } from "./caught.js";

describe("vmap", () => {
  it("applies a function of one example to a batch", () => {
    const [a, b] = [randn([5, 3]), randn([5, 3])];
    const dot = vmap((x: Tensor, y: Tensor) => x.dot(y));
    expect(dot(a, b)).toBeClose(a.mul(b).sum(1), { atol: 1e-5 });
    const seen: number[][] = [];
    vmap((x: Tensor) => {
      seen.push(x.shape);
      return x.sum();
    })(a);
    expect(seen).toEqual([[3]]);
  });

  it("takes batch dimensions anywhere, shared arguments and several results", () => {
    const [x, w] = [randn([3, 5]), randn([3, 3])];
    const f = vmap((z: Tensor, m: Tensor) => [m.matmul(z), linalg.vectorNorm(z)], {
      inDims: [1, null],
      outDims: [1, 0],
    });
    const [product, norms] = f(x, w);
    expect(product).toBeClose(w.matmul(x), { atol: 1e-5 });
    expect(norms).toBeClose(x.pow(2).sum(0).sqrt());
  });

  it("nests, and gives gradients", () => {
    const x = randn([4, 3]);
    const outer = vmap((row: Tensor) => vmap((one: Tensor) => row.mul(one))(row));
    expect(outer(x)).toBeClose(stack(x.unbind(0).map((row) => row.outer(row))));
    const w = randn([3], { requiresGrad: true });
    vmap((row: Tensor) => row.mul(w).sum())(x)
      .sum()
      .backward();
    expect(w.grad).toBeClose(x.sum(0), { atol: 1e-5 });
  });

  it("draws the same or different random numbers when told to", () => {
    const x = randn([3, 2]);
    manualSeed(1);
    const same = vmap((z: Tensor) => randnLike(z), { randomness: "same" })(x);
    expect(same.at(0)).toBeClose(same.at(1));
    const different = vmap((z: Tensor) => randnLike(z), { randomness: "different" })(x);
    expect(different.at(0).eq(different.at(1)).any().item()).toBe(0);
    expect(caught(() => vmap((z: Tensor) => randnLike(z))(x)).message).toMatch(/random/);
  });

  it("says what cannot be: other batch sizes, values of an example, nothing to go over; and leaves no level behind", () => {
    const f = vmap((a: Tensor, b: Tensor) => a.add(b));
    expect(caught(() => f(randn([2]), randn([3]))).name).toBe(ShapeError.name);
    expect(caught(() => vmap((a: Tensor) => a, { inDims: null as unknown as number })(randn([2]))).name).toBe(
      ValueError.name,
    );
    expect(caught(() => vmap((a: Tensor) => a.mul(a.item()))(randn([2]))).message).toMatch(/item/);
    expect(vmap((a: Tensor) => a.neg())(randn([2, 2])).shape).toEqual([2, 2]);
  });
});
