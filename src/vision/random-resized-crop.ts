/** A random part of each photo, stretched to one size. Source: AUG-6. */
import * as z from "zod";
import { andThen, type MaybePromise, type Random, RandTransform, type SplitIdx } from "../data/index.js";
import { checkOptions } from "../torch/index.js";
import { register } from "../torch/registry.js";
import type { CropWindow, Filter, Size } from "./crop-window.js";
import { itemSize, type SizeOption, sizeOf } from "./image-size.js";
import { cropPadItem } from "./item-geometry.js";
import { type Resamples, resamplesSchema, sizeSchema } from "./resize.js";

/** How a random crop is drawn. */
export interface RandomCropRange {
  /** Smallest part of the image's area. Default 0.08. */
  minScale?: number;
  /** Largest part of the image's area. Default 1. */
  maxScale?: number;
  /** Range of width over height. Default [3/4, 4/3]. */
  ratio?: readonly [low: number, high: number];
}

/** Settings of `RandomResizedCrop`. */
export interface RandomResizedCropOptions extends RandomCropRange {
  /** How much larger than the target validation images are before the middle is cut out. Default 0.14. */
  valXtra?: number;
  /** Default `["bilinear", "nearest"]`. */
  resamples?: Resamples;
}

/**
 * Draws a window: area uniform, shape log-uniform, ten attempts; else the largest middle window whose shape is in
 * range. Source: AUG-6.
 */
export function drawCrop([width, height]: Size, range: Required<RandomCropRange>, random: Random): CropWindow {
  const [low, high] = range.ratio;
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = random.uniform(range.minScale, range.maxScale) * width * height;
    const ratio = Math.exp(random.uniform(Math.log(low), Math.log(high)));
    const crop = { width: Math.round(Math.sqrt(area * ratio)), height: Math.round(Math.sqrt(area / ratio)) };
    if (crop.width > width || crop.height > height || crop.width < 1 || crop.height < 1) continue;
    return { left: random.int(width - crop.width + 1), top: random.int(height - crop.height + 1), ...crop };
  }
  return middleCrop([width, height], range.ratio);
}

/** The largest window in the middle whose width over height is in range. */
export function middleCrop([width, height]: Size, [low, high]: readonly [number, number]): CropWindow {
  const ratio = width / height;
  const crop =
    ratio < low
      ? { width, height: Math.trunc(width / low) }
      : ratio > high
        ? { width: Math.trunc(height * high), height }
        : { width, height };
  return { left: Math.floor((width - crop.width) / 2), top: Math.floor((height - crop.height) / 2), ...crop };
}

const known = ["minScale", "maxScale", "ratio", "valXtra", "resamples"];

/**
 * In training, a random window of at least `minScale` of the image, resized. In validation the whole image is squished
 * to a somewhat larger size (224 -> 256) and its middle cut out. Source: AUG-6.
 *
 * @example
 * new RandomResizedCrop(224, { minScale: 0.35 });
 */
export class RandomResizedCrop extends RandTransform {
  override order = 1;
  override splitIdx: SplitIdx = null;
  /** [width, height]. */
  readonly size: Size;
  readonly range: Required<RandomCropRange>;
  readonly valXtra: number;
  readonly resamples: Resamples;
  /** The part of the image that is used; drawn once per item. */
  window: CropWindow = { left: 0, top: 0, width: 1, height: 1 };
  /** Size the window is resized to; larger than `size` in validation. */
  finalSize: Size;
  #imageSize: Size = [1, 1];

  constructor(size: SizeOption, options: RandomResizedCropOptions = {}) {
    super();
    checkOptions("RandomResizedCrop", options, known);
    const { minScale = 0.08, maxScale = 1, ratio = [3 / 4, 4 / 3], valXtra = 0.14 } = options;
    this.size = sizeOf("RandomResizedCrop", size);
    this.range = { minScale, maxScale, ratio };
    this.valXtra = valXtra;
    this.resamples = options.resamples ?? ["bilinear", "nearest"];
    this.finalSize = this.size;
  }

  override beforeCall(b: unknown, splitIdx: SplitIdx, random: Random): void {
    this.#imageSize = itemSize("RandomResizedCrop", b);
    const [width, height] = this.#imageSize;
    if (!splitIdx) {
      this.finalSize = this.size;
      this.window = drawCrop(this.#imageSize, this.range, random);
      return;
    }
    // A multiple of 8 keeps feature maps of usual networks whole.
    const extra = Math.ceil((Math.max(...this.size) * this.valXtra) / 8) * 8;
    this.finalSize = [this.size[0] + extra, this.size[1] + extra];
    this.window = { left: 0, top: 0, width, height };
  }

  override encodes(x: unknown): MaybePromise<unknown> {
    if (!cropPadItem.find(x)) return x;
    const { window, size, finalSize, resamples } = this;
    const resized = cropPadItem(x, { window, imageSize: this.#imageSize, resizeTo: finalSize, resamples });
    if (finalSize[0] === size[0] && finalSize[1] === size[1]) return resized;
    const left = Math.floor((finalSize[0] - size[0]) / 2);
    const top = Math.floor((finalSize[1] - size[1]) / 2);
    const middle = { left, top, width: size[0], height: size[1] };
    return andThen(resized, (y) => cropPadItem(y, { window: middle, imageSize: finalSize, resamples }));
  }
}

register("vision.RandomResizedCrop", {
  cls: RandomResizedCrop,
  config: z.object({
    size: sizeSchema,
    minScale: z.number(),
    maxScale: z.number(),
    ratio: z.tuple([z.number(), z.number()]),
    valXtra: z.number(),
    resamples: resamplesSchema,
  }),
  toConfig: ({ size, range, valXtra, resamples }) => ({
    size: [size[1], size[0]] as [number, number],
    ...range,
    ratio: [...range.ratio] as [number, number],
    valXtra,
    resamples: [...resamples] as [Filter, Filter],
  }),
  fromConfig: ({ size, ...options }) => new RandomResizedCrop(size, options),
});
