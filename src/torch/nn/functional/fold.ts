/** Sliding windows as columns, and back. */
import { checkOptions } from "../../errors.js";
import { col2im, im2col } from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";
import { type Size, sizes } from "../sizes.js";

/** Options of `fold` and `unfold`. */
export interface FoldOptions {
  /** Distance between elements of a window. Default 1. */
  dilation?: Size;
  /** Border of zeros. Default 0. */
  padding?: Size;
  /** Step of the window. Default 1. */
  stride?: Size;
}

/** The option keys of `fold` and `unfold`. */
export const foldKeys = ["dilation", "padding", "stride"] as const;

function windowOf(
  where: string,
  { dilation = 1, padding = 0, stride = 1 }: FoldOptions,
): [number[], number[], number[]] {
  return [sizes(where, dilation, 2), sizes(where, padding, 2), sizes(where, stride, 2)];
}

/** The windows of an image as columns. Shapes: x [N, C, H, W] -> [N, C * window, number of windows]. */
export function unfold(x: Tensor, kernelSize: Size, options: FoldOptions = {}): Tensor {
  checkOptions("unfold", options, foldKeys);
  return im2col(x, sizes("unfold", kernelSize, 2), ...windowOf("unfold", options));
}

/** Adds columns into an image. Shapes: x [N, C * window, number of windows] -> [N, C, ...outputSize]. */
export function fold(x: Tensor, outputSize: Size, kernelSize: Size, options: FoldOptions = {}): Tensor {
  checkOptions("fold", options, foldKeys);
  return col2im(x, sizes("fold", outputSize, 2), sizes("fold", kernelSize, 2), ...windowOf("fold", options));
}
