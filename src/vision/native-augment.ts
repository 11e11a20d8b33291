/** The native operators of augmentation (cpp/vision/operators.cc), typed. */
import { ops, type Tensor } from "../torch/index.js";

/** What `augmentImages` does; what is left out does not happen. */
export interface AugmentImagesOptions {
  /** [height, width] of the output; the images' own where there are no maps. */
  readonly size: readonly [number, number];
  /** Nine numbers an image, [N, 9]: where in -1..1 of the input a point of the output comes from. */
  readonly maps?: Tensor;
  /** 0 zeros, 1 border, 2 reflection. Default 2. */
  readonly padding?: number;
  readonly align_corners?: boolean;
  /** What values are multiplied by first. Default 1. */
  readonly scale?: number;
  /**
   * Four numbers an image, [N, 4]: logits times the first, plus the second, plus their grey times the third; then hues
   * turned by the fourth. Grey and hue are those of three channels.
   */
  readonly light?: Tensor;
  /** One a channel, with `std`. */
  readonly mean?: Tensor | null;
  readonly std?: Tensor | null;
}

/** What `augmentMasks` does. */
export type AugmentMasksOptions = Pick<AugmentImagesOptions, "size" | "padding" | "align_corners">;

interface Augmenting {
  augment_images(images: Tensor, options: AugmentImagesOptions): Tensor;
  augment_masks(masks: Tensor, maps: Tensor, options: AugmentMasksOptions): Tensor;
  augments(images: Tensor): boolean;
}

// The addon registers these three whatever libtorch is there.
const operators = (): Augmenting => ops.fastai as unknown as Augmenting;

/** Whether both work where a tensor is: on the CPU, and on GPUs that the kernels were compiled for. */
export function augmentsOn(x: Tensor): boolean {
  return x.device === "cpu" || (x.device.startsWith("cuda") && operators().augments(x));
}

/** uint8 or float32 images [N, C, H, W] to float32, all in one pass. */
export const augmentImages: Augmenting["augment_images"] = (images, options) =>
  operators().augment_images(images, options);

/** uint8 or int64 masks [N, H, W], moved by `maps` [N, 9] to the nearest pixel, as int64. */
export const augmentMasks: Augmenting["augment_masks"] = (masks, maps, options) =>
  operators().augment_masks(masks, maps, options);
