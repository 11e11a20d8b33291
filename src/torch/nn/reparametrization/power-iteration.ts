/** Estimating the largest singular value of a weight. */
import { noGrad } from "../../autograd.js";
import type { Tensor } from "../../tensor.js";
import { normalize } from "../functional/normalization.js";

/** The weight as [outputs, everything else]. */
export function weightMatrix(weight: Tensor, dim: number): Tensor {
  const front = dim === 0 ? weight : weight.movedim(dim, 0);
  return front.reshape([front.shape[0] ?? 1, -1]);
}

/** Moves two vectors towards the singular vectors of the largest singular value, in place. */
export function powerIteration(matrix: Tensor, left: Tensor, right: Tensor, iterations: number, eps: number): void {
  noGrad(() => {
    for (let i = 0; i < iterations; i++) {
      right.copy_(normalize(matrix.t().mv(left), { dim: 0, eps }));
      left.copy_(normalize(matrix.mv(right), { dim: 0, eps }));
    }
  });
}
