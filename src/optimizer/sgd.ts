/** Stochastic gradient descent, with or without momentum. */
import { checkOptions } from "../torch/index.js";
import type { TensorList } from "../torch/optim/index.js";
import type { LayerGroups } from "./base-optimizer.js";
import { decayStepper } from "./decay.js";
import type { HyperValue } from "./hypers.js";
import { Optimizer } from "./optimizer.js";
import { averageGrad } from "./stats.js";
import type { Stepper, StepState } from "./stepper.js";

/** Options that all optimizers take. Every hyper-parameter may differ by layer group (`HyperValue`). */
export interface OptimizerOptions {
  /** Learning rate. Default 1e-3. */
  lr?: HyperValue;
  /** Decay of the running average of gradients. */
  mom?: HyperValue;
  /** Weight decay. */
  wd?: HyperValue;
  /** Decay apart from the gradient (true), or as L2 penalty (false). Default true. */
  decoupleWd?: boolean;
}

/** Option names of `OptimizerOptions`. */
export const COMMON_OPTIONS: readonly string[] = ["lr", "mom", "wd", "decoupleWd"];

/** params -= lr * grads. */
export const sgdStep: Stepper<{ lr: number }, StepState> = {
  name: "sgdStep",
  step({ params, grads, hyper: { lr } }) {
    params.add_(grads, { alpha: -lr });
  },
};

/** params -= lr * gradAvg. */
export const momentumStep: Stepper<{ lr: number }, { gradAvg: TensorList }> = {
  name: "momentumStep",
  needs: ["gradAvg"],
  step({ params, state, hyper: { lr } }) {
    params.add_(state.gradAvg, { alpha: -lr });
  },
};

/** SGD; momentum (default 0) is not dampened; wd defaults to 0. Source: OPT-12. */
export function SGD(params: LayerGroups, options: OptimizerOptions = {}): Optimizer {
  checkOptions("SGD", options, COMMON_OPTIONS);
  const { decoupleWd = true, mom = 0, ...hypers } = options;
  const steps = mom === 0 ? [sgdStep] : [averageGrad(), momentumStep];
  return new Optimizer(params, [decayStepper(decoupleWd), ...steps], { ...hypers, mom });
}
