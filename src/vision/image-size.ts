/** Sizes of items and of options. */
import { TensorPoint } from "../data/index.js";
import { Tensor, ValueError } from "../torch/index.js";
import type { Size } from "./crop-window.js";
import { ImageItem } from "./image.js";

/** A size option: one number for both sides, or `[height, width]`. */
export type SizeOption = number | readonly [height: number, width: number];

/** The option as [width, height]. Throws when it is no pair of whole numbers above 0. Source: AUG-3. */
export function sizeOf(where: string, size: SizeOption): Size {
  const [height, width] = typeof size === "number" ? [size, size] : size;
  if (Number.isInteger(height) && Number.isInteger(width) && height > 0 && width > 0) return [width, height];
  throw new ValueError(
    `${where}: expected a size in pixels, a number or [height, width], got ${JSON.stringify(size)}.`,
  );
}

/** [width, height] of an image, of the image that points lie in, or of a tensor [..., H, W]; of a tuple's first member. */
export function itemSize(where: string, x: unknown): Size {
  const first = Array.isArray(x) ? x[0] : x;
  if (Array.isArray(first)) return itemSize(where, first);
  if (first instanceof ImageItem) return first.size;
  if (first instanceof Tensor) {
    const size = first instanceof TensorPoint ? first.meta.imgSize : undefined;
    if (Array.isArray(size)) return [Number(size[0]), Number(size[1])];
    if (first.ndim >= 2) return [first.shape.at(-1) ?? 0, first.shape.at(-2) ?? 0];
  }
  throw new ValueError(`${where}: expected an image first, got ${first?.constructor?.name ?? typeof first}.`);
}
