/** Adam with true weight decay: the default optimizer. */
import { checkOptions } from "../torch/index.js";
import type { TensorList } from "../torch/optim/index.js";
import { AdamKernel, zeroAdamState } from "./adam-kernel.js";
import type { LayerGroups } from "./base-optimizer.js";
import { decayStepper } from "./decay.js";
import { Optimizer } from "./optimizer.js";
import { ADAPTIVE_OPTIONS, type AdaptiveOptions } from "./rms-prop.js";
import { averageGrad, averageSqrGrad, debias, stepStat } from "./stats.js";
import type { AnyStepper, Stepper } from "./stepper.js";

/** The statistics Adam and its relatives keep. */
export type AdamState = { gradAvg: TensorList; sqrAvg: TensorList; step: number };

/** The hyper-parameters Adam and its relatives read. */
export type AdamHypers = { lr: number; mom: number; sqrMom: number; eps: number };

/** Averages of gradient and squared gradient, and the count of steps: what precedes the step of Adam and its relatives. */
export function adamStats(): readonly AnyStepper[] {
  return [averageGrad({ dampening: true }), averageSqrGrad(), stepStat];
}

/** params -= lr / d1 * gradAvg / (sqrt(sqrAvg / d2) + eps), d1 and d2 the averages' debias. Source: OPT-14. */
export const adamStep: Stepper<AdamHypers, AdamState> = {
  name: "adamStep",
  defaults: { eps: 1e-5 },
  needs: ["gradAvg", "sqrAvg", "step"],
  step({ params, state: { gradAvg, sqrAvg, step }, hyper: { lr, mom, sqrMom, eps } }) {
    const d1 = debias(mom, 1 - mom, step);
    const d2 = debias(sqrMom, 1 - sqrMom, step);
    params.addcdiv_(gradAvg, sqrAvg.div(d2).sqrt_().add_(eps), -lr / d1);
  },
};

/** weightDecay (or l2Reg), adamStats and adamStep in one kernel (a test compares them). What `Adam` runs. */
export function fusedAdam({
  decoupleWd = true,
}: {
  decoupleWd?: boolean;
} = {}): Stepper<AdamHypers & { wd: number }, AdamState> {
  const kernel = new AdamKernel({ decoupleWd });
  return {
    name: "fusedAdam",
    defaults: { mom: 0.9, sqrMom: 0.99, eps: 1e-5, wd: 0 },
    init: zeroAdamState,
    step({ params, grads, state, hyper, doWd }) {
      state.step += 1;
      kernel.run(params, grads, state, doWd ? hyper : { ...hyper, wd: 0 });
    },
  };
}

/** Adam with its steppers written out; the same numbers as `Adam`, a kernel an operation. */
export function composedAdam(params: LayerGroups, options: AdaptiveOptions = {}): Optimizer {
  const { decoupleWd, hypers } = adamOptions("composedAdam", options);
  return new Optimizer(params, [decayStepper(decoupleWd), ...adamStats(), adamStep], hypers);
}

/** Adam; mom 0.9, sqrMom 0.99, eps 1e-5, wd 0.01, decoupled (AdamW) unless `decoupleWd: false`. Source: OPT-14. */
export function Adam(params: LayerGroups, options: AdaptiveOptions = {}): Optimizer {
  const { decoupleWd, hypers } = adamOptions("Adam", options);
  return new Optimizer(params, fusedAdam({ decoupleWd }), hypers);
}

function adamOptions(where: string, options: AdaptiveOptions) {
  checkOptions(where, options, ADAPTIVE_OPTIONS);
  const { decoupleWd = true, ...hypers } = options;
  return { decoupleWd, hypers: { mom: 0.9, sqrMom: 0.99, eps: 1e-5, wd: 0.01, ...hypers } };
}
