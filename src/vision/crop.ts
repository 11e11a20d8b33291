/** Crops without resizing, and resizing by the longer side. Source: AUG-3, AUG-4, AUG-7. */
import * as z from "zod";
import { type Random, RandTransform, type SplitIdx, Transform } from "../data/index.js";
import { checkOptions, ValueError } from "../torch/index.js";
import { register } from "../torch/registry.js";
import { type CropWindow, checkPadMode, type Filter, type PadMode, type Size } from "./crop-window.js";
import { itemSize, type SizeOption, sizeOf } from "./image-size.js";
import { cropPadItem } from "./item-geometry.js";
import { padModeSchema, type Resamples, Resize, resamplesSchema, sizeSchema } from "./resize.js";

const middle = ([width, height]: Size, size: Size): CropWindow => ({
  left: Math.floor((width - size[0]) / 2),
  top: Math.floor((height - size[1]) / 2),
  width: size[0],
  height: size[1],
});

/** Cuts the middle out of an image, or pads around it, without resizing. Source: AUG-3. */
export class CropPad extends Transform {
  /** [width, height]. */
  readonly size: Size;
  readonly padMode: PadMode;

  /** `padMode` defaults to `"zeros"`. */
  constructor(size: SizeOption, options: { padMode?: PadMode } = {}) {
    super();
    checkOptions("CropPad", options, ["padMode"]);
    this.size = sizeOf("CropPad", size);
    this.padMode = checkPadMode("CropPad", options.padMode ?? "zeros");
  }

  override encodes(x: unknown): unknown {
    if (!cropPadItem.find(x)) return x;
    const imageSize = itemSize("CropPad", x);
    return cropPadItem(x, { window: middle(imageSize, this.size), imageSize, padMode: this.padMode });
  }
}

/** Cuts a window of one size out of an image: anywhere in training, the middle in validation. Small images are padded with zeros. Source: AUG-4. */
export class RandomCrop extends RandTransform {
  override order = 1;
  override splitIdx: SplitIdx = null;
  /** [width, height]. */
  readonly size: Size;
  /** What is cut out; drawn once per item. */
  window: CropWindow = { left: 0, top: 0, width: 1, height: 1 };
  #imageSize: Size = [1, 1];

  constructor(size: SizeOption) {
    super();
    this.size = sizeOf("RandomCrop", size);
  }

  override beforeCall(b: unknown, splitIdx: SplitIdx, random: Random): void {
    this.#imageSize = itemSize("RandomCrop", b);
    const [width, height] = this.#imageSize;
    const centred = middle(this.#imageSize, this.size);
    const place = (room: number) => (room < 0 ? room + random.int(-room) : random.int(room + 1));
    this.window = splitIdx
      ? centred
      : { ...centred, left: place(width - this.size[0]), top: place(height - this.size[1]) };
  }

  override encodes(x: unknown): unknown {
    return cropPadItem.find(x) ? cropPadItem(x, { window: this.window, imageSize: this.#imageSize }) : x;
  }
}

/** Resizes so that the longer side has `maxSz` pixels; the shape stays. Source: AUG-7. */
export class RatioResize extends Transform {
  override order = 1;
  readonly maxSz: number;
  readonly resamples: Resamples;

  /** `resamples` defaults to `["bilinear", "nearest"]`. */
  constructor(maxSz: number, options: { resamples?: Resamples } = {}) {
    super();
    checkOptions("RatioResize", options, ["resamples"]);
    if (!Number.isInteger(maxSz) || maxSz < 1) {
      throw new ValueError(`RatioResize: expected the longer side in pixels, got ${maxSz}.`);
    }
    this.maxSz = maxSz;
    this.resamples = options.resamples ?? ["bilinear", "nearest"];
  }

  override encodes(x: unknown): unknown {
    if (!cropPadItem.find(x)) return x;
    const imageSize = itemSize("RatioResize", x);
    const longer = Math.max(...imageSize);
    const side = (n: number) => Math.max(1, Math.trunc((n * this.maxSz) / longer));
    const resize = new Resize([side(imageSize[1]), side(imageSize[0])], { resamples: this.resamples });
    return resize.encodes(x);
  }
}

const heightWidth = ([width, height]: Size): [number, number] => [height, width];

register("vision.CropPad", {
  cls: CropPad,
  config: z.object({ size: sizeSchema, padMode: padModeSchema }),
  toConfig: ({ size, padMode }) => ({ size: heightWidth(size), padMode }),
  fromConfig: ({ size, padMode }) => new CropPad(size, { padMode }),
});
register("vision.RandomCrop", {
  cls: RandomCrop,
  config: z.object({ size: sizeSchema }),
  toConfig: ({ size }) => ({ size: heightWidth(size) }),
  fromConfig: ({ size }) => new RandomCrop(size),
});
register("vision.RatioResize", {
  cls: RatioResize,
  config: z.object({ maxSz: z.number(), resamples: resamplesSchema }),
  toConfig: ({ maxSz, resamples }) => ({ maxSz, resamples: [...resamples] as [Filter, Filter] }),
  fromConfig: ({ maxSz, resamples }) => new RatioResize(maxSz, { resamples }),
});
