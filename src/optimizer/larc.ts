/** LARC and LARS: a learning rate for each layer from the ratio of its weights' norm to its gradient's (You et al. 2017). */
import { checkOptions } from "../torch/index.js";
import type { TensorList } from "../torch/optim/index.js";
import type { LayerGroups } from "./base-optimizer.js";
import { decayStepper } from "./decay.js";
import type { HyperValue } from "./hypers.js";
import { Optimizer } from "./optimizer.js";
import { COMMON_OPTIONS, type OptimizerOptions } from "./sgd.js";
import { averageGrad } from "./stats.js";
import type { StepHypers, Stepper } from "./stepper.js";

/** Options of `Larc`. */
export interface LarcOptions extends OptimizerOptions {
  /** Never above `lr` (LARC) or whatever the ratio says (LARS). Default true. */
  clip?: boolean;
  /** Factor on the ratio of norms. Default 0.02. */
  trustCoeff?: HyperValue;
  /** Added to the denominator. Default 1e-8. */
  eps?: HyperValue;
}

/**
 * localLr = lr * trustCoeff * |p| / (|g| + wd * |p| + eps) for each parameter, at most lr with `clip` (default true).
 * Keeps `localLr`. Source: OPT-17.
 */
export function larcLayerLr({
  clip = true,
}: {
  clip?: boolean;
} = {}): Stepper<{ lr: number; trustCoeff: number; wd: number; eps: number }, { localLr: TensorList }> {
  return {
    name: "larcLayerLr",
    defaults: { trustCoeff: 0.02, wd: 0, eps: 1e-8 },
    init: (params) => ({ localLr: params.each((param) => param.newZeros([])).copies() }),
    step({ params, grads, state: { localLr }, hyper: { lr, trustCoeff, wd, eps } }) {
      const weight = params.norm();
      const bound = grads.norm().add_(weight, { alpha: wd }).add_(eps);
      localLr
        .copy_(weight)
        .mul_(lr * trustCoeff)
        .div_(bound);
      if (clip) localLr.clampMax_(lr);
    },
  };
}

/** params -= localLr * (gradAvg if it is kept, else grads). */
export const larcStep: Stepper<StepHypers, { localLr: TensorList; gradAvg?: TensorList }> = {
  name: "larcStep",
  needs: ["localLr"],
  step({ params, grads, state: { localLr, gradAvg } }) {
    params.addcmul_(gradAvg ?? grads, localLr, -1);
  },
};

/** LARC; mom 0.9 (undampened), clip true, trustCoeff 0.02, eps 1e-8, wd 0. Source: OPT-17. */
export function Larc(params: LayerGroups, options: LarcOptions = {}): Optimizer {
  checkOptions("Larc", options, [...COMMON_OPTIONS, "clip", "trustCoeff", "eps"]);
  const { decoupleWd = true, clip = true, mom = 0.9, ...hypers } = options;
  const averages = mom === 0 ? [] : [averageGrad()];
  const steppers = [decayStepper(decoupleWd), ...averages, larcLayerLr({ clip }), larcStep];
  return new Optimizer(params, steppers, { ...hypers, mom });
}
