/** Pools that are more than one operator, as functions. */
import { checkTensor } from "../../checks.js";
import { rand } from "../../creation.js";
import { checkOptions, OptionError, ValueError } from "../../errors.js";
import * as aten from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";
import { lastSizes, type Size, sizes } from "../sizes.js";

/** Options of the power-average pools. */
export interface LpPoolOptions {
  /** Step of the window. Default: its size. */
  stride?: Size | null;
  /** Whether a window may reach over the end. Default false. */
  ceilMode?: boolean;
}

type AvgPool = (x: Tensor, kernel: number[], stride: number[], padding: number[], ceilMode: boolean) => Tensor;

function lpPool(where: string, ndim: number, avgPool: AvgPool) {
  return (x: Tensor, normType: number, kernelSize: Size, options: LpPoolOptions = {}): Tensor => {
    checkOptions(where, options, ["stride", "ceilMode"]);
    const kernel = sizes(where, kernelSize, ndim);
    const stride = options.stride ? sizes(where, options.stride, ndim) : kernel;
    const mean = avgPool(
      aten.pow(x, normType),
      kernel,
      stride,
      new Array<number>(ndim).fill(0),
      options.ceilMode ?? false,
    );
    const count = kernel.reduce((product, size) => product * size, 1);
    // The sum may be negative where normType is odd; its root is then that of nothing.
    return mean
      .sign()
      .mul(mean.abs().relu())
      .mul(count)
      .pow(1 / normType);
  };
}

/** (sum of x^normType)^(1/normType) of each window. Shapes: x [N, C, L]. */
export const lpPool1d = lpPool("lpPool1d", 1, aten.avgPool1d);
/** (sum of x^normType)^(1/normType) of each window. Shapes: x [N, C, H, W]. */
export const lpPool2d = lpPool("lpPool2d", 2, aten.avgPool2d);
/** (sum of x^normType)^(1/normType) of each window. Shapes: x [N, C, D, H, W]. */
export const lpPool3d = lpPool("lpPool3d", 3, aten.avgPool3d);

/** Step and border of the pool that is undone. */
export interface UnpoolWindow {
  /** Step of the window. Default: its size. */
  stride?: Size;
  /** Border of the pool. Default 0. */
  padding?: Size;
}

/** Options of the unpooling functions. */
export interface MaxUnpoolFunctionOptions extends UnpoolWindow {
  /** Spatial size (or whole shape) of the pool's input, where several are possible. Default: the smallest. */
  outputSize?: readonly number[];
}

function unpooledSize(where: string, x: Tensor, kernelSize: Size, ndim: number, options: MaxUnpoolFunctionOptions) {
  checkOptions(where, options, ["stride", "padding", "outputSize"]);
  checkTensor(where, x);
  const kernel = sizes(where, kernelSize, ndim);
  const stride = sizes(where, options.stride ?? kernelSize, ndim);
  const padding = sizes(where, options.padding ?? 0, ndim);
  const input = x.shape.slice(-ndim);
  const usual = input.map((size, i) => (size - 1) * at(stride, i) + at(kernel, i) - 2 * at(padding, i));
  const wanted = options.outputSize && lastSizes(where, options.outputSize, ndim);
  const fits = wanted?.every((size, i) => Math.abs(size - at(usual, i)) < at(stride, i)) ?? true;
  if (!fits) {
    throw new ValueError(
      `${where}: expected an output size within one step of [${usual.join(", ")}], got [${options.outputSize?.join(", ")}].`,
    );
  }
  return { size: wanted ?? usual, stride, padding };
}

function at(values: readonly number[], i: number): number {
  return values[i] ?? 0;
}

/** Puts pooled values back where they came from. Shapes: x, indices [N, C, L] or [C, L]. */
export function maxUnpool1d(
  x: Tensor,
  indices: Tensor,
  kernelSize: Size,
  options: MaxUnpoolFunctionOptions = {},
): Tensor {
  const { size } = unpooledSize("maxUnpool1d", x, kernelSize, 1, options);
  return aten.maxUnpool2d(aten.unsqueeze(x, -1), aten.unsqueeze(indices, -1), [...size, 1]).squeeze(-1);
}

/** Puts pooled values back where they came from. Shapes: x, indices [N, C, H, W] or [C, H, W]. */
export function maxUnpool2d(
  x: Tensor,
  indices: Tensor,
  kernelSize: Size,
  options: MaxUnpoolFunctionOptions = {},
): Tensor {
  return aten.maxUnpool2d(x, indices, unpooledSize("maxUnpool2d", x, kernelSize, 2, options).size);
}

/** Puts pooled values back where they came from. Shapes: x, indices [N, C, D, H, W] or [C, D, H, W]. */
export function maxUnpool3d(
  x: Tensor,
  indices: Tensor,
  kernelSize: Size,
  options: MaxUnpoolFunctionOptions = {},
): Tensor {
  const { size, stride, padding } = unpooledSize("maxUnpool3d", x, kernelSize, 3, options);
  return aten.maxUnpool3d(x, indices, size, stride, padding);
}

/** Options of the fractional pools: either `outputSize` or `outputRatio`. */
export interface FractionalPoolOptions {
  /** Spatial output size. */
  outputSize?: Size | null;
  /** Output size as a share of the input's, each below 1. */
  outputRatio?: Size | null;
  /** Whether to return `[values, indices]`. Default false. */
  returnIndices?: boolean;
  /** Where the windows lie, U(0, 1) of shape [N, C, number of dimensions]. Default: drawn anew in each call. */
  randomSamples?: Tensor | null;
}

/** The output size for an input (null: only the options are checked). Throws `OptionError` on contradicting options. */
export function fractionalPoolSize(
  where: string,
  ndim: number,
  x: Tensor | null,
  options: FractionalPoolOptions,
): number[] {
  checkOptions(where, options, ["outputSize", "outputRatio", "returnIndices", "randomSamples"]);
  const { outputSize = null, outputRatio = null } = options;
  if ((outputSize === null) === (outputRatio === null)) {
    throw new OptionError(`${where}: expected either outputSize or outputRatio. Give exactly one of them.`);
  }
  if (outputSize !== null) return sizes(where, outputSize, ndim);
  const ratios = sizes(where, outputRatio ?? 1, ndim);
  if (!ratios.every((ratio) => ratio > 0 && ratio < 1)) {
    throw new OptionError(`${where}: expected ratios between 0 and 1, got [${ratios.join(", ")}].`);
  }
  const input = x?.shape.slice(-ndim) ?? ratios;
  return ratios.map((ratio, i) => Math.floor((input[i] ?? 0) * ratio));
}

type FractionalKernel = (x: Tensor, kernel: number[], output: number[], samples: Tensor) => readonly [Tensor, Tensor];

function fractionalMaxPool(where: string, ndim: number, kernel: FractionalKernel) {
  return (x: Tensor, kernelSize: Size, options: FractionalPoolOptions): Tensor | [Tensor, Tensor] => {
    checkTensor(where, x);
    const output = fractionalPoolSize(where, ndim, x, options);
    const [batch, channels] = x.ndim === ndim + 1 ? [1, x.shape[0] ?? 1] : [x.shape[0] ?? 1, x.shape[1] ?? 1];
    const samples = options.randomSamples ?? rand([batch, channels, ndim], { dtype: x.dtype, device: x.device });
    const [values, indices] = kernel(x, sizes(where, kernelSize, ndim), output, samples);
    return options.returnIndices ? [values, indices] : values;
  };
}

/** Largest element of windows at random places. Shapes: x [N, C, H, W] or [C, H, W]. Source: Graham 2014. */
export const fractionalMaxPool2d = fractionalMaxPool("fractionalMaxPool2d", 2, aten.fractionalMaxPool2d);
/** Largest element of windows at random places. Shapes: x [N, C, D, H, W] or [C, D, H, W]. Source: Graham 2014. */
export const fractionalMaxPool3d = fractionalMaxPool("fractionalMaxPool3d", 3, aten.fractionalMaxPool3d);
