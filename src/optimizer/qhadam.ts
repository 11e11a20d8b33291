/** Quasi-hyperbolic Adam (Ma and Yarats 2018). */
import { checkOptions } from "../torch/index.js";
import { type AdamHypers, type AdamState, adamStats } from "./adam.js";
import type { LayerGroups } from "./base-optimizer.js";
import { decayStepper } from "./decay.js";
import type { HyperValue } from "./hypers.js";
import { Optimizer } from "./optimizer.js";
import { ADAPTIVE_OPTIONS, type AdaptiveOptions } from "./rms-prop.js";
import { debias } from "./stats.js";
import type { Stepper } from "./stepper.js";

/** Options of `QHAdam`. */
export interface QHAdamOptions extends AdaptiveOptions {
  /** Weight of the average against this step's gradient. Default 0.7. */
  nu1?: HyperValue;
  /** Weight of the squared average against this step's squared gradient. Default 1. */
  nu2?: HyperValue;
}

/** params -= lr * ((1-nu1) g + nu1 gradAvg/d1) / (sqrt((1-nu2) g² + nu2 sqrAvg/d2) + eps). Source: OPT-16. */
export const qhadamStep: Stepper<AdamHypers & { nu1: number; nu2: number }, AdamState> = {
  name: "qhadamStep",
  defaults: { eps: 1e-8, nu1: 0.7, nu2: 1 },
  needs: ["gradAvg", "sqrAvg", "step"],
  step({ params, grads, state: { gradAvg, sqrAvg, step }, hyper: { lr, mom, sqrMom, eps, nu1, nu2 } }) {
    const d1 = debias(mom, 1 - mom, step);
    const d2 = debias(sqrMom, 1 - sqrMom, step);
    const direction = gradAvg.mul(nu1 / d1).add_(grads, { alpha: 1 - nu1 });
    const square = sqrAvg.mul(nu2 / d2);
    if (nu2 !== 1) square.addcmul_(grads, grads, 1 - nu2);
    params.addcdiv_(direction, square.sqrt_().add_(eps), -lr);
  },
};

/** QHAdam; mom 0.999, sqrMom 0.999, nu1 0.7, nu2 1, eps 1e-8, wd 0. Source: OPT-16. */
export function QHAdam(params: LayerGroups, options: QHAdamOptions = {}): Optimizer {
  checkOptions("QHAdam", options, [...ADAPTIVE_OPTIONS, "nu1", "nu2"]);
  const { decoupleWd = true, ...hypers } = options;
  const defaults = { mom: 0.999, sqrMom: 0.999, eps: 1e-8, wd: 0 };
  return new Optimizer(params, [decayStepper(decoupleWd), ...adamStats(), qhadamStep], { ...defaults, ...hypers });
}
