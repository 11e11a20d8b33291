/** LAMB: Adam's direction, scaled for each layer by the ratio of weights' norm to the direction's (You et al. 2019). */
import { checkOptions, where } from "../torch/index.js";
import { kernel, TensorList } from "../torch/optim/index.js";
import type { AdamHypers, AdamState } from "./adam.js";
import { zeroAdamState } from "./adam-kernel.js";
import type { LayerGroups } from "./base-optimizer.js";
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
    const r1 = params.norms(); // [P]
    const r2 = u.norms(); // [P]
    const q = where(r1.eq(0).logicalOr(r2.eq(0)), 1, r1.div(r2).clampMax(10)); // [P]
    params.addcmul_(u, new TensorList(q.unbind()), -lr);
  },
};

/** weightDecay (or l2Reg), adamStats and lambStep in one kernel (a test compares them). What `Lamb` runs. */
export function fusedLamb({
  decoupleWd = true,
}: {
  decoupleWd?: boolean;
} = {}): Stepper<AdamHypers & { wd: number }, AdamState> {
  return {
    name: "fusedLamb",
    defaults: { mom: 0.9, sqrMom: 0.99, eps: 1e-5, wd: 0 },
    init: zeroAdamState,
    step({ params, grads, state, hyper: { lr, mom, sqrMom, eps, wd }, doWd }) {
      state.step += 1;
      const hypers = [lr, mom, sqrMom, doWd ? wd : 0, eps, decoupleWd];
      kernel("fastai::lamb_")(params, grads, state.gradAvg, state.sqrAvg, state.step, ...hypers);
    },
  };
}

/** LAMB; mom 0.9, sqrMom 0.99, eps 1e-5, wd 0. Source: OPT-18. */
export function Lamb(params: LayerGroups, options: AdaptiveOptions = {}): Optimizer {
  checkOptions("Lamb", options, ADAPTIVE_OPTIONS);
  const { decoupleWd = true, ...hypers } = options;
  return new Optimizer(params, fusedLamb({ decoupleWd }), hypers);
}
