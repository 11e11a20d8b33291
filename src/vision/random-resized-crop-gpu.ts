/** One random crop for a whole batch, resized on its device. Source: AUG-8. */
import * as z from "zod";
import {
  dispatch,
  type Random,
  RandTransform,
  type SplitIdx,
  TensorBBox,
  TensorImage,
  TensorMask,
  TensorPoint,
} from "../data/index.js";
import { checkOptions } from "../torch/index.js";
import { register } from "../torch/registry.js";
import { affineCoord, type SampleMode } from "./affine-coord.js";
import type { CropWindow, Size } from "./crop-window.js";
import { itemSize, type SizeOption, sizeOf } from "./image-size.js";
import { cropPadItem } from "./item-geometry.js";
import { drawCrop, middleCrop, type RandomCropRange } from "./random-resized-crop.js";
import { sizeSchema } from "./resize.js";

/** Settings of `RandomResizedCropGPU`. */
export interface RandomResizedCropGPUOptions extends RandomCropRange {
  /** Default `"bilinear"`. */
  mode?: SampleMode;
  /** For masks. Default `"nearest"`. */
  modeMask?: SampleMode;
  /** Part of each side that the crop keeps in validation. Default 1. */
  validScale?: number;
}

const known = ["minScale", "maxScale", "ratio", "mode", "modeMask", "validScale"];

/**
 * Cuts the same random window out of every image of a batch and resizes it; in validation the middle, without
 * randomness. Source: AUG-8.
 */
export class RandomResizedCropGPU extends RandTransform {
  override order = 30;
  override splitIdx: SplitIdx = null;
  readonly size: readonly [height: number, width: number];
  readonly range: Required<RandomCropRange>;
  readonly mode: SampleMode;
  readonly modeMask: SampleMode;
  readonly validScale: number;
  /** What is kept; drawn once per batch. */
  window: CropWindow = { left: 0, top: 0, width: 1, height: 1 };
  #imageSize: Size = [1, 1];

  constructor(size: SizeOption, options: RandomResizedCropGPUOptions = {}) {
    super();
    checkOptions("RandomResizedCropGPU", options, known);
    const { minScale = 0.08, maxScale = 1, ratio = [3 / 4, 4 / 3] } = options;
    const [width, height] = sizeOf("RandomResizedCropGPU", size);
    this.size = [height, width];
    this.range = { minScale, maxScale, ratio };
    this.mode = options.mode ?? "bilinear";
    this.modeMask = options.modeMask ?? "nearest";
    this.validScale = options.validScale ?? 1;
  }

  /** Whether it is of this very class and averages photos, so that native code can stand in for it. */
  get isPlain(): boolean {
    return this.constructor === RandomResizedCropGPU && this.mode === "bilinear";
  }

  override beforeCall(b: unknown, splitIdx: SplitIdx, random: Random): void {
    this.#imageSize = itemSize("RandomResizedCropGPU", b);
    const [width, height] = this.#imageSize;
    if (!splitIdx) {
      this.window = drawCrop(this.#imageSize, this.range, random);
      return;
    }
    const largest = middleCrop(this.#imageSize, this.range.ratio);
    const kept = (n: number) => Math.trunc(n * this.validScale);
    const [w, h] = [kept(largest.width), kept(largest.height)];
    this.window = { left: Math.floor((width - w) / 2), top: Math.floor((height - h) / 2), width: w, height: h };
  }

  override encodes = dispatch(
    [TensorImage, (x) => affineCoord(this.#cut(x), { size: this.size, mode: this.mode })],
    [TensorMask, (x) => affineCoord(this.#cut(x), { size: this.size, mode: this.modeMask })],
    [TensorPoint, (x) => this.#move(x)],
    [TensorBBox, (x) => this.#move(x)],
  );

  #cut<T extends TensorImage | TensorMask>(x: T): T {
    const { left, top, width, height } = this.window;
    return x.narrow(-2, top, height).narrow(-1, left, width) as T;
  }

  /** Fastai slices the numbers of points here; they have to move with the picture. */
  #move(x: TensorPoint): unknown {
    const shape = x.shape;
    const resizeTo: Size = [this.size[1], this.size[0]];
    const moved = cropPadItem(x, { window: this.window, imageSize: this.#imageSize, resizeTo });
    return moved instanceof TensorPoint ? moved.view(shape) : moved;
  }
}

register("vision.RandomResizedCropGPU", {
  cls: RandomResizedCropGPU,
  config: z.object({
    size: sizeSchema,
    minScale: z.number(),
    maxScale: z.number(),
    ratio: z.tuple([z.number(), z.number()]),
    mode: z.enum(["bilinear", "nearest", "bicubic"]),
    modeMask: z.enum(["bilinear", "nearest", "bicubic"]),
    validScale: z.number(),
  }),
  toConfig: ({ size, range, mode, modeMask, validScale }) => ({
    size: [size[0], size[1]] as [number, number],
    ...range,
    ratio: [...range.ratio] as [number, number],
    ...{ mode, modeMask, validScale },
  }),
  fromConfig: ({ size, ...options }) => new RandomResizedCropGPU(size, options),
});
