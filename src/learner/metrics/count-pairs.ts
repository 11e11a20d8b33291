/** Tables of what was taken for what, counted on the device. */
import { clamp, keep, onesLike, type Tensor, where, zeros } from "../../torch/index.js";

/**
 * How often each class (row) was taken for each (column). Targets that are no class are counted in the last row.
 * Shapes: pred and targ [N] whole numbers, pred below `n` -> [n + 1, n] int64, on pred's device, without waiting for it.
 */
export function countPairs(pred: Tensor, targ: Tensor, n: number): Tensor {
  const known = targ.ge(0).logicalAnd(targ.lt(n));
  const row = where(known, clamp(targ, 0, n).long(), n); // [N]
  const cell = row.mul(n).add(pred.long()); // [N]
  return zeros([(n + 1) * n], { dtype: "int64", device: pred.device })
    .scatterAdd_(0, cell, onesLike(cell))
    .view([n + 1, n]);
}

/** A sum of tensors of one shape that stays on the device from batch to batch. */
export class DeviceSum {
  #sum: Tensor | null = null;

  /** Adds a tensor; the first one decides shape and device. */
  add(part: Tensor): void {
    if (this.#sum) this.#sum.add_(part);
    else this.#sum = keep(part.clone());
  }

  /** The sum so far; null before the first part. Reads nothing from the device. */
  get sum(): Tensor | null {
    return this.#sum;
  }

  /** Begins anew. */
  clear(): void {
    this.#sum?.dispose();
    this.#sum = null;
  }
}
