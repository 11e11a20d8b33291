import { Callback, type TrainingLoop } from "../learner/index.js";
import { Tensor } from "../torch/index.js";

/** Gives the model and the loss plain tensors: what a tensor means (a photo, a mask) stays behind. Source: LRN-30. */
export class CastToTensor extends Callback {
  override readonly name = "castToTensor";
  override readonly order = 9; // right before mixed precision

  override beforeBatch(learn: TrainingLoop): void {
    castAll(learn.xb);
    castAll(learn.yb);
  }
}

function castAll(list: Tensor[]): void {
  for (const [i, member] of list.entries()) {
    if (member instanceof Tensor && member.constructor !== Tensor) list[i] = member.as(Tensor);
  }
}
