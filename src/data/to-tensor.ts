/** Items to tensors. Source: DTR-12. */
import * as z from "zod";
import { register } from "../torch/registry.js";
import { Transform } from "./transform.js";

/**
 * Makes the tensor that fits an item. Item classes add their rule from outside:
 * `ToTensor.extend(RgbImage, { encodes: (image) => … })`; what has no rule passes through. Source: DTR-12.
 */
export class ToTensor extends Transform {
  override order = 5;
}

register("data.ToTensor", {
  cls: ToTensor,
  config: z.object({}),
  toConfig: () => ({}),
  fromConfig: () => new ToTensor(),
});
