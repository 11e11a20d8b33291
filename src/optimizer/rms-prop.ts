/** RMSProp. */
import { checkOptions } from "../torch/index.js";
import type { TensorList } from "../torch/optim/index.js";
import type { LayerGroups } from "./base-optimizer.js";
import { decayStepper } from "./decay.js";
import type { HyperValue } from "./hypers.js";
import { Optimizer } from "./optimizer.js";
import { COMMON_OPTIONS, type OptimizerOptions } from "./sgd.js";
import { averageGrad, averageSqrGrad } from "./stats.js";
import type { Stepper } from "./stepper.js";

/** Options of optimizers that divide by the root of averaged squared gradients. */
export interface AdaptiveOptions extends OptimizerOptions {
  /** Decay of the running average of squared gradients. */
  sqrMom?: HyperValue;
  /** Added to the denominator, after the square root. */
  eps?: HyperValue;
}

/** Option names of `AdaptiveOptions`. */
export const ADAPTIVE_OPTIONS: readonly string[] = [...COMMON_OPTIONS, "sqrMom", "eps"];

/** params -= lr * g / (sqrt(sqrAvg) + eps), where g is gradAvg if it is kept, else grads. */
export const rmsPropStep: Stepper<{ lr: number; eps: number }, { sqrAvg: TensorList; gradAvg?: TensorList }> = {
  name: "rmsPropStep",
  defaults: { eps: 1e-8 },
  needs: ["sqrAvg"],
  step({ params, grads, state: { sqrAvg, gradAvg }, hyper: { lr, eps } }) {
    params.addcdiv_(gradAvg ?? grads, sqrAvg.sqrt().add_(eps), -lr);
  },
};

/**
 * RMSProp; mom 0, sqrMom 0.99, eps 1e-8, wd 0. `eps` is used (fastai's is not forwarded: QRK-2). Source: OPT-13.
 */
export function RMSProp(params: LayerGroups, options: AdaptiveOptions = {}): Optimizer {
  checkOptions("RMSProp", options, ADAPTIVE_OPTIONS);
  const { decoupleWd = true, mom = 0, sqrMom = 0.99, ...hypers } = options;
  const averages = mom === 0 ? [averageSqrGrad()] : [averageGrad(), averageSqrGrad()];
  return new Optimizer(params, [decayStepper(decoupleWd), ...averages, rmsPropStep], { ...hypers, mom, sqrMom });
}
