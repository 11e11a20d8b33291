/** Convolutions and pools as functions. */
import { checkOptions } from "../../errors.js";
import { opFunction } from "../../op-callable.js";
import type { Tensor } from "../../tensor.js";
import type { Size } from "../sizes.js";

/** Options of the convolutions. */
export interface ConvFunctionOptions {
  /** Default none. */
  bias?: Tensor | null;
  /** Default 1. */
  stride?: Size;
  /** Default 0. */
  padding?: Size | "same" | "valid";
  /** Default 1. */
  dilation?: Size;
  /** Default 1. */
  groups?: number;
}

function convolution(where: string) {
  const conv = opFunction(`aten::${where}`);
  return (x: Tensor, weight: Tensor, options: ConvFunctionOptions = {}): Tensor => {
    checkOptions(where, options, ["bias", "stride", "padding", "dilation", "groups"]);
    const { bias = null, stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
    return conv(x, weight, bias, stride, padding, dilation, groups) as Tensor; // the schema returns one
  };
}

/** Convolution over [N, C, L] with weight [out, in / groups, K]. */
export const conv1d = convolution("conv1d");
/** Convolution over [N, C, H, W] with weight [out, in / groups, KH, KW]. */
export const conv2d = convolution("conv2d");
/** Convolution over [N, C, D, H, W] with weight [out, in / groups, KD, KH, KW]. */
export const conv3d = convolution("conv3d");
