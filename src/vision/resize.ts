/** Resize: every item to one size. Source: AUG-5. */
import * as z from "zod";
import { type Random, RandTransform, type SplitIdx } from "../data/index.js";
import { checkOptions } from "../torch/index.js";
import { register } from "../torch/registry.js";
import { type CropWindow, checkPadMode, type Filter, oneOf, type PadMode, type Size } from "./crop-window.js";
import { itemSize, type SizeOption, sizeOf } from "./image-size.js";
import { cropPadItem } from "./item-geometry.js";

/** How an image of another shape fits: cut off, padded, or distorted. */
export type ResizeMethod = "crop" | "pad" | "squish";

/** Resampling of photos and of masks. */
export type Resamples = readonly [photo: Filter, mask: Filter];

/** Settings of `Resize`. */
export interface ResizeOptions {
  /** Default `"crop"`. */
  method?: ResizeMethod;
  /** What fills the border when padding. Default `"reflection"`. */
  padMode?: PadMode;
  /** Default `["bilinear", "nearest"]`. */
  resamples?: Resamples;
}

const known = ["method", "padMode", "resamples"];

/**
 * Resizes images (with their masks, points and boxes) to one size. `"crop"` takes the largest part of the target's shape,
 * at a random place in training and the middle in validation; `"pad"` the smallest frame around the image; `"squish"`
 * distorts. Pixels equal Pillow's. Source: AUG-5.
 *
 * @example
 * new Resize(224); new Resize([300, 200], { method: "pad", padMode: "zeros" });
 */
export class Resize extends RandTransform {
  override order = 1;
  override splitIdx: SplitIdx = null;
  /** [width, height]. */
  readonly size: Size;
  readonly method: ResizeMethod;
  readonly padMode: PadMode;
  readonly resamples: Resamples;
  /** Where the crop lies between left/top (0) and right/bottom (1); drawn once per item. */
  pcts: readonly [x: number, y: number] = [0.5, 0.5];

  constructor(size: SizeOption, options: ResizeOptions = {}) {
    super();
    checkOptions("Resize", options, known);
    this.size = sizeOf("Resize", size);
    this.method = oneOf("Resize", "method", options.method ?? "crop", ["crop", "pad", "squish"]);
    this.padMode = checkPadMode("Resize", options.padMode ?? "reflection");
    this.resamples = options.resamples ?? ["bilinear", "nearest"];
  }

  override beforeCall(_b: unknown, splitIdx: SplitIdx, random: Random): void {
    this.pcts = splitIdx ? [0.5, 0.5] : [random.next(), random.next()];
  }

  override encodes(x: unknown): unknown {
    const { size, padMode, resamples } = this;
    return cropPadItem.find(x)
      ? cropPadItem(x, {
          window: this.window(itemSize("Resize", x)),
          imageSize: itemSize("Resize", x),
          resizeTo: size,
          padMode,
          resamples,
        })
      : x;
  }

  /** The part of an image of this size that is stretched over the target. */
  window([width, height]: Size): CropWindow {
    if (this.method === "squish") return { left: 0, top: 0, width, height };
    const [perX, perY] = [width / this.size[0], height / this.size[1]];
    const scale = this.method === "pad" ? Math.max(perX, perY) : Math.min(perX, perY);
    const crop = { width: Math.trunc(scale * this.size[0]), height: Math.trunc(scale * this.size[1]) };
    const left = Math.trunc(this.pcts[0] * (width - crop.width));
    const top = Math.trunc(this.pcts[1] * (height - crop.height));
    return { left, top, ...crop };
  }
}

/** `[height, width]`, as options are written. */
export const sizeSchema = z.tuple([z.number(), z.number()]);
export const padModeSchema = z.enum(["zeros", "border", "reflection"]);
export const resamplesSchema = z.tuple([z.enum(["bilinear", "nearest"]), z.enum(["bilinear", "nearest"])]);

register("vision.Resize", {
  cls: Resize,
  config: z.object({
    size: sizeSchema,
    method: z.enum(["crop", "pad", "squish"]),
    padMode: padModeSchema,
    resamples: resamplesSchema,
  }),
  toConfig: ({ size, method, padMode, resamples }) => ({
    size: [size[1], size[0]] as [number, number],
    method,
    padMode,
    resamples: [...resamples] as [Filter, Filter],
  }),
  fromConfig: ({ size, ...options }) => new Resize(size, options),
});
