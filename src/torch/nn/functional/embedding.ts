/** Rows looked up by number, as functions. */

import { noGrad } from "../../autograd.js";
import { checkTensor } from "../../checks.js";
import { arange } from "../../creation.js";
import { checkOptions, OptionError, ShapeError, ValueError } from "../../errors.js";
import * as aten from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";

/** Options of `embedding`. */
export interface EmbeddingFunctionOptions {
  /** A row that gets no gradient; negative counts from the end. Default none. */
  paddingIdx?: number | null;
  /** Rows longer than this are shortened in place when looked up. Default none. */
  maxNorm?: number | null;
  /** Which norm `maxNorm` means. Default 2. */
  normType?: number;
  /** Whether gradients are divided by how often a row occurs. Default false. */
  scaleGradByFreq?: boolean;
  /** Whether the gradient is a sparse tensor. Default false. */
  sparse?: boolean;
}

const embeddingKeys = ["paddingIdx", "maxNorm", "normType", "scaleGradByFreq", "sparse"];

/** The row that `paddingIdx` means. Throws `ValueError` when there is none. */
export function paddingRow(where: string, paddingIdx: number | null | undefined, rows: number): number | null {
  if (paddingIdx === null || paddingIdx === undefined) return null;
  if (paddingIdx >= -rows && paddingIdx < rows) return paddingIdx < 0 ? rows + paddingIdx : paddingIdx;
  throw new ValueError(`${where}: expected a paddingIdx among ${rows} rows, got ${paddingIdx}.`);
}

function shortenRows(weight: Tensor, indices: Tensor, { maxNorm, normType = 2 }: EmbeddingFunctionOptions): void {
  if (maxNorm === null || maxNorm === undefined) return;
  noGrad(() => weight.embeddingRenorm_(indices.contiguous(), maxNorm, normType));
}

/** Rows of a table. Shapes: int64 or int32 indices [*], weight [rows, D] -> [*, D]. */
export function embedding(indices: Tensor, weight: Tensor, options: EmbeddingFunctionOptions = {}): Tensor {
  checkOptions("embedding", options, embeddingKeys);
  const padding = paddingRow("embedding", options.paddingIdx, weight.shape[0] ?? 0);
  shortenRows(weight, indices, options);
  return aten.embedding(weight, indices, padding ?? -1, options.scaleGradByFreq ?? false, options.sparse ?? false);
}

/** How `embeddingBag` combines the rows of a bag. */
export type BagMode = "sum" | "mean" | "max";

/** Options of `embeddingBag`. */
export interface EmbeddingBagFunctionOptions extends EmbeddingFunctionOptions {
  /** Where each bag starts, when the indices are one row. */
  offsets?: Tensor | null;
  /** Default "mean". */
  mode?: BagMode;
  /** Weight of each index, shaped like the indices (mode "sum"). Default: ones. */
  perSampleWeights?: Tensor | null;
  /** Whether the last offset is the end of the last bag. Default false. */
  includeLastOffset?: boolean;
}

const bagModes: readonly string[] = ["sum", "mean", "max"]; // numbered so in libtorch

/** libtorch's number of a mode. Throws `OptionError` on another word. */
export function bagModeCode(where: string, mode: BagMode): number {
  const code = bagModes.indexOf(mode);
  if (code >= 0) return code;
  throw new OptionError(`${where}: expected mode ${bagModes.join(" | ")}, got "${mode}".`);
}

/**
 * Sums, means or maxima of rows, without making the rows. Shapes: indices [N, L], or [M] with offsets [N] -> [N, D].
 * Rows number `paddingIdx` do not count.
 */
export function embeddingBag(indices: Tensor, weight: Tensor, options: EmbeddingBagFunctionOptions = {}): Tensor {
  const where = "embeddingBag";
  const own = ["offsets", "mode", "perSampleWeights", "includeLastOffset"];
  checkOptions(where, options, [...embeddingKeys, ...own]);
  const { mode = "mean", perSampleWeights = null, includeLastOffset = false } = options;
  const code = bagModeCode(where, mode);
  for (const given of [indices, weight]) checkTensor(where, given);
  for (const given of [options.offsets, perSampleWeights]) if (given) checkTensor(where, given);
  if (perSampleWeights && mode !== "sum") {
    throw new OptionError(`${where}: expected mode "sum" with perSampleWeights, got "${mode}".`);
  }
  if (perSampleWeights && perSampleWeights.shape.join() !== indices.shape.join()) {
    throw new ShapeError(
      `${where}: expected perSampleWeights of shape [${indices.shape.join(", ")}], got [${perSampleWeights.shape.join(", ")}].`,
    );
  }
  const padding = paddingRow(where, options.paddingIdx, weight.shape[0] ?? 0);
  const offsets = offsetsOf(indices, options.offsets ?? null);
  const flat = indices.flatten();
  shortenRows(weight, flat, options);
  const [bags] = aten.embeddingBag(
    weight,
    flat,
    offsets,
    options.scaleGradByFreq ?? false,
    code,
    options.sparse ?? false,
    perSampleWeights?.flatten() ?? null,
    includeLastOffset,
    padding,
  );
  return bags;
}

function offsetsOf(indices: Tensor, offsets: Tensor | null): Tensor {
  const [bags = 0, length = 0] = indices.shape;
  if (indices.ndim === 2 && offsets === null) {
    return arange(0, bags * length, length, { dtype: indices.dtype, device: indices.device });
  }
  if (indices.ndim === 1 && offsets !== null) return offsets;
  throw new ShapeError(
    `embeddingBag: expected indices [N, L], or [M] with offsets, got [${indices.shape.join(", ")}] ` +
      `${offsets ? "with" : "without"} offsets.`,
  );
}
