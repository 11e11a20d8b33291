/** The kinds of input and target of vision. Source: VCO-4, VCO-8. */
import * as z from "zod";
import {
  dispatch,
  IntToFloatTensor,
  MultiCategorize,
  type MultiCategorizeOptions,
  TensorMask,
  Transform,
  TransformBlock,
} from "../data/index.js";
import { CrossEntropyLossFlat, MSELossFlat } from "../layers/index.js";
import { checkOptions } from "../torch/index.js";
import { register } from "../torch/registry.js";
import { BBoxPad } from "./boxes.js";
import { type ImageItem, MaskImage, RgbImage } from "./image.js";
import type { ImageOpener } from "./image-opener.js";
import { MaskFits } from "./mask-fits.js";
import { boxesFrom, PointScaler, pointsFrom } from "./points.js";
import "./fused-batch.js";

/** Settings of `ImageBlock`. */
export interface ImageBlockOptions {
  /** What to open images as: RgbImage, GrayImage, or a class of one's own. Default RgbImage. */
  cls?: { readonly open: ImageOpener<ImageItem> };
}

/**
 * Photos: opened, later divided by 255. Usable as `ImageBlock` and as `ImageBlock({ cls: GrayImage })`. Source: VCO-8.
 */
export function ImageBlock(options: ImageBlockOptions = {}): TransformBlock {
  checkOptions("ImageBlock", options, ["cls"]);
  const { open } = options.cls ?? RgbImage;
  return new TransformBlock({ typeTfms: open.later ?? open, batchTfms: new IntToFloatTensor() });
}

/** Notes the names of a mask's numbers, for display, and how many there are. Source: VCO-4. */
export class AddMaskCodes extends Transform {
  /** The names, by number. */
  readonly vocab: readonly string[] | undefined;
  /** How many there are. */
  readonly c: number | undefined;

  constructor(codes?: readonly string[]) {
    super();
    this.vocab = codes;
    this.c = codes?.length;
  }

  override decodes = dispatch([
    TensorMask,
    (mask) => {
      if (this.vocab) mask.meta.codes = this.vocab;
      return mask;
    },
  ]);
}

/** Settings of `MaskBlock`. */
export interface MaskBlockOptions {
  /** The names of the mask's numbers. */
  codes?: readonly string[];
}

class OpenMask extends Transform {
  readonly lossFunc = new CrossEntropyLossFlat({ axis: 1 });
  override inputTypes = MaskImage.open.inputTypes;
  override encodes(x: Parameters<typeof MaskImage.open>[0]): Promise<MaskImage> {
    return MaskImage.open(x);
  }
}

/** A class for each pixel, from mask files of the photos' shape. Source: VCO-8. */
export function MaskBlock(options: MaskBlockOptions = {}): TransformBlock {
  checkOptions("MaskBlock", options, ["codes"]);
  return new TransformBlock({
    typeTfms: new OpenMask() as Transform,
    itemTfms: [new MaskFits(), new AddMaskCodes(options.codes)],
    batchTfms: new IntToFloatTensor(),
  });
}

class MakePoints extends Transform {
  readonly lossFunc = MSELossFlat();
  override encodes(x: unknown): unknown {
    return pointsFrom(x);
  }
}

/** Points in an image, in pixels. Source: VCO-8. */
export function PointBlock(): TransformBlock {
  return new TransformBlock({ typeTfms: new MakePoints(), itemTfms: new PointScaler() });
}

class MakeBoxes extends Transform {
  override encodes(x: unknown): unknown {
    return boxesFrom(x);
  }
}

/** Boxes (x1, y1, x2, y2) in an image, in pixels; batches are padded to one number of boxes. Source: VCO-8. */
export function BBoxBlock(): TransformBlock {
  return new TransformBlock({
    typeTfms: new MakeBoxes(),
    itemTfms: new PointScaler(),
    dlsKwargs: { beforeBatch: new BBoxPad() },
  });
}

/**
 * The name of each box. With `addNa`, the default, number 0 is `#na#`: the boxes that only fill up a batch, and names
 * that training did not have. Source: VCO-8.
 */
export function BBoxLblBlock(options: MultiCategorizeOptions = {}): TransformBlock {
  return new TransformBlock({ typeTfms: new MultiCategorize({ addNa: true, ...options }) });
}

register("vision.AddMaskCodes", {
  cls: AddMaskCodes,
  config: z.object({ codes: z.array(z.string()).optional() }),
  toConfig: ({ vocab }) => (vocab ? { codes: [...vocab] } : {}),
  fromConfig: ({ codes }) => new AddMaskCodes(codes),
});
const none = z.object({});
register("vision.OpenMask", { cls: OpenMask, config: none, toConfig: () => ({}), fromConfig: () => new OpenMask() });
register("vision.MakeBoxes", { cls: MakeBoxes, config: none, toConfig: () => ({}), fromConfig: () => new MakeBoxes() });
register("vision.MakePoints", {
  cls: MakePoints,
  config: none,
  toConfig: () => ({}),
  fromConfig: () => new MakePoints(),
});
