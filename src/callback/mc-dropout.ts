import { Callback, type TrainingLoop, type Undo } from "../learner/index.js";
import type { nn } from "../torch/index.js";

/**
 * Leaves dropout on in validation, so that repeated predictions show how sure a model is (Monte Carlo dropout). Layers count
 * whose class has "dropout" in its name. Source: CBK-20.
 *
 * @example
 * const draws = [await learn.getPreds({ cbs: MCDropout }), await learn.getPreds({ cbs: MCDropout })];
 */
export class MCDropout extends Callback {
  override readonly name = "mcDropout";

  override beforeValidate(learn: TrainingLoop): Undo {
    const layers = dropouts(learn.model);
    for (const layer of layers) layer.train();
    return () => {
      for (const layer of layers) layer.eval();
    };
  }
}

function dropouts(model: nn.AnyModule): nn.AnyModule[] {
  return model.modules().filter((module) => /dropout/i.test(module.constructor.name));
}
