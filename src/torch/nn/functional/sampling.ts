/** Sampling a grid at arbitrary points. */
import { checkOptions, OptionError } from "../../errors.js";
import { affineGridGenerator, gridSampler } from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";

/** Options of `gridSample`. */
export interface GridSampleOptions {
  /** Default "bilinear". */
  mode?: "bilinear" | "nearest" | "bicubic";
  /** What lies outside the input. Default "zeros". */
  paddingMode?: "zeros" | "border" | "reflection";
  /** Whether -1 and 1 are the centres of the outermost elements instead of their edges. Default false. */
  alignCorners?: boolean;
}

const modes = { bilinear: 0, nearest: 1, bicubic: 2 };
const paddingModes = { zeros: 0, border: 1, reflection: 2 };

/**
 * Values of `x` at the points of `grid`, whose last dimension is (x, y) in -1..1.
 * Shapes: x [N, C, H, W], grid [N, H', W', 2] -> [N, C, H', W'] (or one dimension more, with points (x, y, z)).
 */
export function gridSample(x: Tensor, grid: Tensor, options: GridSampleOptions = {}): Tensor {
  checkOptions("gridSample", options, ["mode", "paddingMode", "alignCorners"]);
  const { mode = "bilinear", paddingMode = "zeros", alignCorners = false } = options;
  const [modeCode, paddingCode] = [modes[mode], paddingModes[paddingMode]];
  if (modeCode === undefined || paddingCode === undefined) {
    throw new OptionError(
      `gridSample: expected mode ${Object.keys(modes).join(" | ")} and paddingMode ` +
        `${Object.keys(paddingModes).join(" | ")}, got "${mode}" and "${paddingMode}".`,
    );
  }
  return gridSampler(x, grid, modeCode, paddingCode, alignCorners);
}

/** Options of `affineGrid`. */
export interface AffineGridOptions {
  /** As in `gridSample`. Default false. */
  alignCorners?: boolean;
}

/** The grid of an affine map. Shapes: theta [N, 2, 3] and size [N, C, H, W] -> [N, H, W, 2]. */
export function affineGrid(theta: Tensor, size: number[], options: AffineGridOptions = {}): Tensor {
  checkOptions("affineGrid", options, ["alignCorners"]);
  return affineGridGenerator(theta, size, options.alignCorners ?? false);
}
