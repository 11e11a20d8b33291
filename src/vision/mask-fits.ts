import * as z from "zod";
import { ItemTransform, isTuple, TensorMask } from "../data/index.js";
import { ValueError } from "../torch/index.js";
import { register } from "../torch/registry.js";
import { ImageItem, MaskImage } from "./image.js";
import { itemSize } from "./image-size.js";

const isMask = (x: unknown) => x instanceof MaskImage || x instanceof TensorMask;

/**
 * Passes items on, and throws `ValueError` for a mask of another shape than the photo before it, which no resizing would
 * bring into place. A mask of the same shape in another size (half of it, say) is fine. Comes before other steps.
 */
export class MaskFits extends ItemTransform {
  override order = -1;

  override encodes(x: unknown): unknown {
    const [photo, ...others] = isTuple(x) ? x : [x];
    const mask = others.find(isMask);
    if (!(photo instanceof ImageItem) || isMask(photo) || mask === undefined) return x;
    const [width, height] = photo.size;
    const [w, h] = itemSize("MaskBlock", mask);
    // Whole numbers of pixels may be one off.
    if (Math.abs((width * h) / height - w) <= 1 || Math.abs((height * w) / width - h) <= 1) return x;
    throw new ValueError(
      `MaskBlock: expected a mask that covers its photo of ${width} x ${height} pixels, got one of ${w} x ${h}. ` +
        "Look at what getY gives for this item.",
    );
  }
}

register("vision.MaskFits", {
  cls: MaskFits,
  config: z.object({}),
  toConfig: () => ({}),
  fromConfig: () => new MaskFits(),
});
