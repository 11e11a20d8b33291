/** Rectified Adam (Liu et al. 2019). */
import { checkOptions, nn } from "../torch/index.js";
import { type AdamHypers, type AdamState, adamStats } from "./adam.js";
import { AdamKernel, zeroAdamState } from "./adam-kernel.js";
import type { LayerGroups } from "./base-optimizer.js";
import { decayStepper } from "./decay.js";
import type { HyperValue } from "./hypers.js";
import { Optimizer } from "./optimizer.js";
import { ADAPTIVE_OPTIONS, type AdaptiveOptions } from "./rms-prop.js";
import { debias } from "./stats.js";
import type { AnyStepper, StepContext, Stepper } from "./stepper.js";

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

/** The factor on Adam's step, v = sqrt((r-4)(r-2) rInf / ((rInf-4)(rInf-2) r)); null where r <= 5: too early for one. */
function rectified(sqrMom: number, step: number): number | null {
  const { r, rInf } = rectification(sqrMom, step);
  return r <= 5 ? null : Math.sqrt(((r - 4) * (r - 2) * rInf) / ((rInf - 4) * (rInf - 2) * r));
}

/** Adam's step times the rectification v where r > 5, else params -= lr / d1 * gradAvg. Source: OPT-15. */
export const radamStep: Stepper<AdamHypers & { beta: number }, AdamState> = {
  name: "radamStep",
  defaults: { eps: 1e-5, beta: 0 },
  needs: ["gradAvg", "sqrAvg", "step"],
  step({ params, state: { gradAvg, sqrAvg, step }, hyper: { lr, mom, sqrMom, eps, beta } }) {
    const d1 = debias(mom, 1 - mom, step);
    const d2 = debias(sqrMom, 1 - sqrMom, step);
    const v = rectified(sqrMom, step);
    if (v === null) {
      params.add_(gradAvg, { alpha: -lr / d1 });
      return;
    }
    let denominator = sqrAvg.div(d2).sqrt_().add_(eps);
    if (beta > 0) denominator = denominator.each((d) => nn.functional.softplus(d, { beta }));
    params.addcdiv_(gradAvg, denominator, (-lr * v) / d1);
  },
};

/**
 * weightDecay (or l2Reg), adamStats and radamStep, from the first rectified step on in Adam's kernel with the rate v lr (a
 * test compares them). What `RAdam` runs.
 */
export function fusedRAdam({
  decoupleWd = true,
}: {
  decoupleWd?: boolean;
} = {}): Stepper<AdamHypers & { beta: number; wd: number }, AdamState> {
  const stages: readonly AnyStepper[] = [decayStepper(decoupleWd), ...adamStats(), radamStep];
  const kernel = new AdamKernel({ decoupleWd });
  return {
    name: "fusedRAdam",
    defaults: { mom: 0.9, sqrMom: 0.99, eps: 1e-5, beta: 0, wd: 0 },
    init: zeroAdamState,
    step(context) {
      const { params, grads, state, hyper, doWd } = context;
      const { lr, sqrMom, beta } = hyper;
      const v = beta > 0 ? null : rectified(sqrMom, state.step + 1);
      if (v === null) {
        for (const stage of stages) stage.step(context as StepContext<never, never>); // their hypers and state are ours
        return;
      }
      state.step += 1;
      const wd = doWd ? hyper.wd : 0;
      // Decoupled decay goes by lr * wd, which stays.
      kernel.run(params, grads, state, { ...hyper, lr: lr * v, wd: decoupleWd ? wd / v : wd });
    },
  };
}

/** RAdam; mom 0.9, sqrMom 0.99, eps 1e-5, wd 0, beta 0. Source: OPT-15. */
export function RAdam(params: LayerGroups, options: RAdamOptions = {}): Optimizer {
  checkOptions("RAdam", options, [...ADAPTIVE_OPTIONS, "beta"]);
  const { decoupleWd = true, ...hypers } = options;
  return new Optimizer(params, fusedRAdam({ decoupleWd }), hypers);
}
