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

/** Options of the transposed convolutions. */
export interface ConvTransposeFunctionOptions extends Omit<ConvFunctionOptions, "padding"> {
  /** Border taken off both sides of the output. Default 0. */
  padding?: Size;
  /** Size added on one side of the output. Default 0. */
  outputPadding?: Size;
}

function transposed(where: string, name: string) {
  const conv = opFunction(`aten::${name}`);
  return (x: Tensor, weight: Tensor, options: ConvTransposeFunctionOptions = {}): Tensor => {
    checkOptions(where, options, ["bias", "stride", "padding", "outputPadding", "dilation", "groups"]);
    const { bias = null, stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = options;
    return conv(x, weight, bias, stride, padding, outputPadding, groups, dilation) as Tensor; // the schema returns one
  };
}

/** Convolution over [N, C, L] with weight [out, in / groups, K]. */
export const conv1d = convolution("conv1d");
/** Convolution over [N, C, H, W] with weight [out, in / groups, KH, KW]. */
export const conv2d = convolution("conv2d");
/** Convolution over [N, C, D, H, W] with weight [out, in / groups, KD, KH, KW]. */
export const conv3d = convolution("conv3d");

/** Transposed convolution over [N, C, L] with weight [in, out / groups, K]. */
export const convTranspose1d = transposed("convTranspose1d", "conv_transpose1d");
/** Transposed convolution over [N, C, H, W] with weight [in, out / groups, KH, KW]. */
export const convTranspose2d = transposed("convTranspose2d", "conv_transpose2d");
/** Transposed convolution over [N, C, D, H, W] with weight [in, out / groups, KD, KH, KW]. */
export const convTranspose3d = transposed("convTranspose3d", "conv_transpose3d");
