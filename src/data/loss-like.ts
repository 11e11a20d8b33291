/** The loss that targets bring along. */
import type { Tensor } from "../torch/index.js";

/** A loss function that may know how to turn model outputs into predictions. */
export type LossLike = ((pred: Tensor, targ: Tensor) => Tensor) & {
  activation?(pred: Tensor): Tensor;
  decodes?(pred: Tensor): Tensor;
  reduction?: string;
};
