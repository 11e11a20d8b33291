import { Callback, type TrainingLoop } from "../learner/index.js";
import { nn } from "../torch/index.js";

const batchNorms = [nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d];

/** Switches batch norms whose weights do not train to evaluation mode (or back), so that their statistics stay. Source: CBK-15. */
export function setBnEval(model: nn.AnyModule, useEval = true): void {
  for (const module of model.modules()) {
    const [weight] = module.parameters();
    const isFrozen = weight !== undefined && !weight.requiresGrad;
    if (module !== model && isFrozen && batchNorms.some((cls) => module instanceof cls)) module.train(!useEval);
  }
}

/** Keeps the statistics of frozen batch norms during training. Source: CBK-15. */
export class BnFreeze extends Callback {
  override readonly name = "bnFreeze";

  override beforeTrain(learn: TrainingLoop): void {
    setBnEval(learn.model);
  }
}
