/** LAMB: Adam's direction, scaled for each layer by the ratio of weights' norm to the direction's (You et al. 2019). */
import { checkOptions, stack, where } from "../torch/index.js";
import { TensorList } from "../torch/optim/index.js";
import { type AdamHypers, type AdamState, adamStats } from "./adam.js";
import type { LayerGroups } from "./base-optimizer.js";
import { decayStepper } from "./decay.js";
import { Optimizer } from "./optimizer.js";
import { ADAPTIVE_OPTIONS, type AdaptiveOptions } from "./rms-prop.js";
import { debias } from "./stats.js";
import type { Stepper } from "./stepper.js";

/**
 * u = gradAvg/d1 / (sqrt(sqrAvg/d2) + eps); params -= lr * q * u, with trust q = min(|params| / |u|, 10), 1 where a norm
 * is 0. (The ratio of root mean squares is the ratio of norms.) Source: OPT-18.
 */
export const lambStep: Stepper<AdamHypers, AdamState> = {
  name: "lambStep",
  defaults: { eps: 1e-5 },
  needs: ["gradAvg", "sqrAvg", "step"],
  step({ params, state: { gradAvg, sqrAvg, step }, hyper: { lr, mom, sqrMom, eps } }) {
    const d1 = debias(mom, 1 - mom, step);
    const d2 = debias(sqrMom, 1 - sqrMom, step);
    const u = gradAvg.div(d1).div_(sqrAvg.div(d2).sqrt_().add_(eps));
    const r1 = stack(params.norm()); // [P]
    const r2 = stack(u.norm()); // [P]
    const trust = where(r1.eq(0).logicalOr(r2.eq(0)), 1, r1.div(r2).clampMax(10)); // [P]
    params.addcmul_(u, new TensorList(trust.unbind()), -lr);
  },
};

/** LAMB; mom 0.9, sqrMom 0.99, eps 1e-5, wd 0. Source: OPT-18. */
export function Lamb(params: LayerGroups, options: AdaptiveOptions = {}): Optimizer {
  checkOptions("Lamb", options, ADAPTIVE_OPTIONS);
  const { decoupleWd = true, ...hypers } = options;
  const defaults = { mom: 0.9, sqrMom: 0.99, eps: 1e-5, wd: 0 };
  return new Optimizer(params, [decayStepper(decoupleWd), ...adamStats(), lambStep], { ...defaults, ...hypers });
}
