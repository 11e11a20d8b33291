/** Resizing images and other grids. */
import { checkTensor } from "../../checks.js";
import { checkOptions, OptionError } from "../../errors.js";
import { adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d } from "../../generated/functions.js";
import { opFunction } from "../../op-callable.js";
import type { Tensor } from "../../tensor.js";
import { type Size, sizes } from "../sizes.js";

/** How `interpolate` finds values between the elements. */
export type InterpolationMode =
  | "nearest"
  | "nearest-exact"
  | "linear"
  | "bilinear"
  | "bicubic"
  | "trilinear"
  | "area"
  | "lanczos";

/** Options of `interpolate`: either `size` or `scaleFactor`. */
export interface InterpolateOptions {
  /** Spatial output size. */
  size?: Size;
  /** Output size as a multiple of the input's. */
  scaleFactor?: Size;
  /** Default "nearest". */
  mode?: InterpolationMode;
  /** Whether the outermost elements keep their place (linear, bilinear, bicubic, trilinear). Default false. */
  alignCorners?: boolean;
  /** Whether the scale is computed anew from the rounded output size. Default false. */
  recomputeScaleFactor?: boolean;
  /** Whether to average when shrinking (bilinear, bicubic). Default false. */
  antialias?: boolean;
}

const keys = ["size", "scaleFactor", "mode", "alignCorners", "recomputeScaleFactor", "antialias"];

type Resize = (x: Tensor, size: number[] | null, align: boolean, scales: number[] | null) => Tensor;

/** A kernel that knows about aligned corners. */
function aligned(name: string): Resize {
  const op = opFunction(`aten::${name}`, "schema", "vec");
  return (x, size, align, scales) => op(x, size, align, scales) as Tensor; // the schema returns one
}

/** A kernel that does not. */
function plain(name: string): Resize {
  const op = opFunction(`aten::${name}`, "schema", "vec");
  return (x, size, _align, scales) => op(x, size, scales) as Tensor; // the schema returns one
}

/** The kernel of a mode for a number of spatial dimensions. */
const kernels: Record<string, Resize> = {
  nearest1: plain("upsample_nearest1d"),
  nearest2: plain("upsample_nearest2d"),
  nearest3: plain("upsample_nearest3d"),
  "nearest-exact1": plain("_upsample_nearest_exact1d"),
  "nearest-exact2": plain("_upsample_nearest_exact2d"),
  "nearest-exact3": plain("_upsample_nearest_exact3d"),
  linear1: aligned("upsample_linear1d"),
  bilinear2: aligned("upsample_bilinear2d"),
  bicubic2: aligned("upsample_bicubic2d"),
  trilinear3: aligned("upsample_trilinear3d"),
  "bilinear2 antialias": aligned("_upsample_bilinear2d_aa"),
  "bicubic2 antialias": aligned("_upsample_bicubic2d_aa"),
  "lanczos2 antialias": aligned("_upsample_lanczos2d_aa"),
};

/**
 * Resizes the spatial dimensions. Shapes: x [N, C, *] with one to three spatial dimensions -> [N, C, ...size].
 * Throws `OptionError` unless exactly one of `size` and `scaleFactor` is given and the mode fits the dimensions.
 */
export function interpolate(x: Tensor, options: InterpolateOptions = {}): Tensor {
  checkTensor("interpolate", x);
  checkOptions("interpolate", options, keys);
  const { mode = "nearest", alignCorners = false, antialias = false, recomputeScaleFactor = false } = options;
  const ndim = Math.max(0, x.ndim - 2);
  let [size, scales] = target(options, ndim);
  if (mode === "area" || (recomputeScaleFactor && scales)) {
    const shape = x.shape.slice(2);
    size = size ?? shape.map((length, i) => Math.floor(length * (scales?.[i] ?? 1)));
    scales = null;
  }
  if (mode === "area" && size) return areaPool(x, size);
  const kernel = kernels[`${mode}${ndim}${antialias ? " antialias" : ""}`];
  if (!kernel) {
    throw new OptionError(
      `interpolate: expected a mode for ${ndim} spatial dimensions${antialias ? " with antialias" : ""}, got "${mode}" ` +
        `for an input of [${x.shape.join(", ")}]. Use nearest or area anywhere, linear in 1-d, bilinear or bicubic in ` +
        "2-d (these two also antialiased), trilinear in 3-d.",
    );
  }
  return kernel(x, size, alignCorners, scales);
}

function target({ size, scaleFactor }: InterpolateOptions, ndim: number): [number[] | null, number[] | null] {
  if ((size === undefined) === (scaleFactor === undefined)) {
    throw new OptionError("interpolate: expected either size or scaleFactor. Give exactly one of them.");
  }
  if (size !== undefined) return [sizes("interpolate", size, ndim), null];
  return [null, sizes("interpolate", scaleFactor ?? 1, ndim)];
}

function areaPool(x: Tensor, size: number[]): Tensor {
  if (size.length === 1) return adaptiveAvgPool1d(x, size);
  return size.length === 2 ? adaptiveAvgPool2d(x, size) : adaptiveAvgPool3d(x, size);
}
