/** Lion: steps of equal size in every coordinate, by the sign of a momentum (Chen et al. 2023). */
import { checkOptions } from "../torch/index.js";
import type { TensorList } from "../torch/optim/index.js";
import type { LayerGroups } from "./base-optimizer.js";
import { decayStepper } from "./decay.js";
import type { HyperValue } from "./hypers.js";
import { Optimizer } from "./optimizer.js";
import { COMMON_OPTIONS, type OptimizerOptions } from "./sgd.js";
import type { Stepper } from "./stepper.js";

/** Options of `Lion`. */
export interface LionOptions extends OptimizerOptions {
  /** Decay of the average that is kept (beta 2 in the paper); `mom` weighs it against this step's gradient. Default 0.99. */
  avgMom?: HyperValue;
}

/** params -= lr * sign(mom gradAvg + (1-mom) g); gradAvg = avgMom gradAvg + (1-avgMom) g. Source: the paper's algorithm 2. */
export const lionStep: Stepper<{ lr: number; mom: number; avgMom: number }, { gradAvg: TensorList }> = {
  name: "lionStep",
  defaults: { mom: 0.9, avgMom: 0.99 },
  init: (params) => ({ gradAvg: params.zerosLike() }),
  step({ params, grads, state: { gradAvg }, hyper: { lr, mom, avgMom } }) {
    params.add_(
      gradAvg
        .mul(mom)
        .add_(grads, { alpha: 1 - mom })
        .sign(),
      { alpha: -lr },
    );
    gradAvg.lerp_(grads, 1 - avgMom);
  },
};

/** Lion; mom 0.9, avgMom 0.99, wd 0. Rates are a third to a tenth of Adam's, weight decay is as much greater. */
export function Lion(params: LayerGroups, options: LionOptions = {}): Optimizer {
  checkOptions("Lion", options, [...COMMON_OPTIONS, "avgMom"]);
  const { decoupleWd = true, ...hypers } = options;
  return new Optimizer(params, [decayStepper(decoupleWd), lionStep], { ...hypers });
}
