/** Cross entropy of logits that a linear map makes, without holding all of them at once. */

import { enableGrad, grad } from "../../autograd.js";
import { checkTensor } from "../../checks.js";
import { zerosLike } from "../../creation.js";
import { checkOptions } from "../../errors.js";
import { Function, type FunctionContext } from "../../function.js";
import { linear } from "../../generated/functions.js";
import { scope } from "../../scope.js";
import type { Tensor } from "../../tensor.js";
import { type CrossEntropyOptions, crossEntropy } from "./losses.js";

/** Options of `linearCrossEntropy`. */
export interface LinearCrossEntropyOptions extends Omit<CrossEntropyOptions, "ignoreIndex"> {
  /** Class numbers that do not count; null: -100. Default null. */
  ignoreIndex?: number | null;
  /** Bias of the map [C] or [C, ...outFeatures]. Default none. */
  linearBias?: Tensor | null;
  /**
   * Rows whose logits exist at a time. Gradients are computed with the loss, so only the sum over the rows fits (reductions
   * "mean" and "sum", class numbers as targets); elsewhere all rows are one chunk. Default: all rows.
   */
  batchChunkSize?: number | null;
}

/** The option keys of `linearCrossEntropy`. */
export const linearCrossEntropyKeys = [
  "linearBias",
  "weight",
  "ignoreIndex",
  "reduction",
  "labelSmoothing",
  "batchChunkSize",
] as const;

/**
 * `crossEntropy(linear(x, weight), target)`.
 * Shapes: x [N, in] or [in], linearWeight [C, ...outFeatures, in], target int64 [N, ...outFeatures] or probabilities
 * [N, C, ...outFeatures].
 */
export function linearCrossEntropy(
  x: Tensor,
  linearWeight: Tensor,
  target: Tensor,
  options: LinearCrossEntropyOptions = {},
): Tensor {
  checkOptions("linearCrossEntropy", options, linearCrossEntropyKeys);
  const { linearBias = null, batchChunkSize = null, ignoreIndex, ...others } = options;
  const loss: CrossEntropyOptions = { ...others, ignoreIndex: ignoreIndex ?? -100 };
  for (const given of [x, linearWeight, target]) checkTensor("linearCrossEntropy", given);
  const rows = x.shape[0] ?? 1;
  const summed = loss.reduction !== "none" && target.ndim < linearWeight.ndim && x.ndim === 2;
  if (batchChunkSize === null || batchChunkSize >= rows || !summed) {
    return crossEntropy(logits(x, linearWeight, linearBias), target, loss);
  }
  return Chunked.apply({ target, loss, rows: batchChunkSize }, x, linearWeight, linearBias);
}

function logits(x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  const features = weight.shape.slice(0, -1);
  const flat = linear(x, weight.flatten(0, -2), bias ? bias.flatten() : null);
  return features.length === 1 ? flat : flat.unflatten(-1, features); // [N, C, ...outFeatures]
}

interface ChunkedLoss {
  target: Tensor;
  loss: CrossEntropyOptions;
  rows: number;
}

class Chunked extends Function {
  static override forward(
    ctx: FunctionContext,
    { target, loss, rows }: ChunkedLoss,
    x: Tensor,
    weight: Tensor,
    bias: Tensor | null,
  ): Tensor {
    const inputs = [x, weight, ...(bias ? [bias] : [])];
    const sums = inputs.map((input) => zerosLike(input));
    const total = zerosLike(x.select(0, 0).select(-1, 0)); // []
    for (let start = 0; start < (x.shape[0] ?? 0); start += rows) {
      scope(() => {
        const length = Math.min(rows, (x.shape[0] ?? 0) - start);
        const leaves = [x.narrow(0, start, length), weight, ...(bias ? [bias] : [])].map((input) =>
          input.detach().requiresGrad_(),
        );
        const part = enableGrad(() => {
          const [rowsOfX, w, b] = leaves as [Tensor, Tensor, Tensor?];
          const options: CrossEntropyOptions = { ...loss, reduction: "sum" };
          return crossEntropy(logits(rowsOfX, w, b ?? null), target.narrow(0, start, length), options);
        });
        total.add_(part.detach());
        for (const [i, gradient] of grad(part, leaves).entries()) {
          const sum = sums[i] as Tensor; // one for each input
          if (gradient) (i === 0 ? sum.narrow(0, start, length) : sum).add_(gradient);
        }
      });
    }
    const count = loss.reduction === "sum" ? null : countOf(target, loss);
    ctx.saveForBackward(...(count ? sums.map((sum) => sum.div_(count)) : sums));
    return count ? total.div_(count) : total;
  }

  static override backward(ctx: FunctionContext, outer: Tensor): (Tensor | null)[] {
    const gradients: (Tensor | null)[] = ctx.savedTensors.map((sum) => sum.mul(outer));
    return [null, ...gradients, ...(gradients.length < 3 ? [null] : [])];
  }
}

/** What the mean divides by: the weights of the targets that count. */
function countOf(target: Tensor, { weight, ignoreIndex = -100 }: CrossEntropyOptions): Tensor {
  const counted = target.ne(ignoreIndex);
  if (!weight) return counted.sum();
  return weight.gather(0, target.mul(counted).flatten()).mul(counted.flatten()).sum();
}
