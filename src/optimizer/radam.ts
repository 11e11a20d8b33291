/** Rectified Adam (Liu et al. 2019). */
import { checkOptions, nn } from "../torch/index.js";
import { type AdamHypers, type AdamState, adamStats } from "./adam.js";
import type { LayerGroups } from "./base-optimizer.js";
import { decayStepper } from "./decay.js";
import type { HyperValue } from "./hypers.js";
import { Optimizer } from "./optimizer.js";
import { ADAPTIVE_OPTIONS, type AdaptiveOptions } from "./rms-prop.js";
import { debias } from "./stats.js";
import type { Stepper } from "./stepper.js";

/** Options of `RAdam`. */
export interface RAdamOptions extends AdaptiveOptions {
  /** Above 0, the denominator goes through a softplus of this sharpness (SAdam). Default 0. */
  beta?: HyperValue;
}

/** Length of the average of squared gradients after `step` steps, as the paper's rho: it tends to 2 / (1 - sqrMom) - 1. */
export function rectification(sqrMom: number, step: number): { r: number; rInf: number } {
  const rInf = 2 / (1 - sqrMom) - 1;
  return { r: rInf - (2 * step * sqrMom ** step) / (1 - sqrMom ** step), rInf };
}

/** Adam's step times the rectification v where r > 5, else params -= lr / d1 * gradAvg. Source: OPT-15. */
export const radamStep: Stepper<AdamHypers & { beta: number }, AdamState> = {
  name: "radamStep",
  defaults: { eps: 1e-5, beta: 0 },
  needs: ["gradAvg", "sqrAvg", "step"],
  step({ params, state: { gradAvg, sqrAvg, step }, hyper: { lr, mom, sqrMom, eps, beta } }) {
    const d1 = debias(mom, 1 - mom, step);
    const d2 = debias(sqrMom, 1 - sqrMom, step);
    const { r, rInf } = rectification(sqrMom, step);
    if (r <= 5) {
      params.add_(gradAvg, { alpha: -lr / d1 });
      return;
    }
    const v = Math.sqrt(((r - 4) * (r - 2) * rInf) / ((rInf - 4) * (rInf - 2) * r));
    let denominator = sqrAvg.div(d2).sqrt_().add_(eps);
    if (beta > 0) denominator = denominator.each((d) => nn.functional.softplus(d, { beta }));
    params.addcdiv_(gradAvg, denominator, (-lr * v) / d1);
  },
};

/** RAdam; mom 0.9, sqrMom 0.99, eps 1e-5, wd 0, beta 0. Source: OPT-15. */
export function RAdam(params: LayerGroups, options: RAdamOptions = {}): Optimizer {
  checkOptions("RAdam", options, [...ADAPTIVE_OPTIONS, "beta"]);
  const { decoupleWd = true, ...hypers } = options;
  const defaults = { mom: 0.9, sqrMom: 0.99, eps: 1e-5, wd: 0 };
  return new Optimizer(params, [decayStepper(decoupleWd), ...adamStats(), radamStep], { ...defaults, ...hypers });
}
