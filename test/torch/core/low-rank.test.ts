import { describe, expect, it } from "vitest";
import { svd } from "../../../src/torch/generated/linalg.js";
import { manualSeed, pcaLowrank, randn, svdLowrank, type Tensor } from "../../../src/torch/index.js";
import { caught } from "./caught.js";

const rebuilt = (U: Tensor, S: Tensor, V: Tensor) => U.mul(S.unsqueeze(-2)).matmul(V.mH);

describe("decompositions of low rank", () => {
  it.each([[[40, 15]], [[15, 40]], [[2, 20, 12]]])(
    "svdLowrank of %j gives a matrix of rank 5 back, and the singular values of the exact one",
    (shape) => {
      manualSeed(7);
      const [m, n] = [shape.at(-2) as number, shape.at(-1) as number];
      const left = randn([...shape.slice(0, -2), m, 5], { dtype: "float64" });
      const matrix = left.matmul(randn([5, n], { dtype: "float64" }));
      const { U, S, V } = svdLowrank(matrix, { q: 7 });
      expect([U.shape.at(-1), S.shape.at(-1), V.shape]).toEqual([7, 7, [...shape.slice(0, -2), n, 7]]);
      expect(rebuilt(U, S, V)).toBeClose(matrix, { atol: 1e-9 });
      const exact = (svd(matrix, false) as unknown as Tensor[])[1] as Tensor;
      expect(S.narrow(-1, 0, 5)).toBeClose(exact.narrow(-1, 0, 5), { rtol: 1e-9 });
    },
  );

  it("svdLowrank takes complex matrices", () => {
    const matrix = randn([12, 3], { dtype: "complex128" }).matmul(randn([3, 9], { dtype: "complex128" }));
    const { U, S, V } = svdLowrank(matrix, { q: 4 });
    expect(rebuilt(U, S.to("complex128"), V).sub(matrix).abs().max().item()).toBeLessThan(1e-9);
  });

  it("pcaLowrank finds the direction of most variance, whatever the mean", () => {
    manualSeed(3);
    const data = randn([400, 1])
      .matmul(randn([1, 8]).add(1))
      .add(randn([400, 8]).mul(0.01))
      .add(50);
    const { S, V } = pcaLowrank(data, { q: 2 });
    const centred = data.sub(data.mean({ dim: 0, keepdim: true }));
    const [, exact, vh] = svd(centred, false) as unknown as [Tensor, Tensor, Tensor];
    expect(S.at(0)).toBeClose(exact.at(0), { rtol: 1e-4 });
    expect(Math.abs(V.select(1, 0).dot(vh.at(0)).item() as number)).toBeCloseTo(1, 4);
    expect(Number(pcaLowrank(data, { center: false }).S.at(0).item())).toBeGreaterThan(Number(S.at(0).item()));
  });

  it("refuse what is no matrix, and more values than there are", () => {
    expect(caught(() => svdLowrank(randn([3]))).name).toBe("ShapeError");
    expect(caught(() => svdLowrank(randn([3, 9]), { q: 4 })).message).toContain("expected q from 0 to 3");
    expect(caught(() => pcaLowrank(randn([3, 9]), { niter: -1 })).name).toBe("ValueError");
  });
});
