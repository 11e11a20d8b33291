/** Trying a transform that expects normalised images. Source: AUG-25. */
import type { Normalize, TensorImage } from "../data/index.js";

/** Normalises a batch, applies `fn`, undoes the normalisation and clamps to 0..1, for looking at the result. Source: AUG-25. */
export function normApplyDenorm(
  x: TensorImage,
  fn: (x: TensorImage) => TensorImage,
  normalize: Normalize,
): TensorImage {
  return normalize.decodes(fn(normalize.encodes(x))).clamp(0, 1);
}
