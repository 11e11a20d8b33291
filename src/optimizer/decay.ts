/** The two ways to decay weights. */
import type { AnyStepper, Stepper, StepState } from "./stepper.js";

/** params = params * (1 - lr * wd): decay apart from the gradient. Put it first. Source: OPT-7. */
export const weightDecay: Stepper<{ lr: number; wd: number }, StepState> = {
  name: "weightDecay",
  defaults: { wd: 0 },
  step({ params, hyper: { lr, wd }, doWd }) {
    if (doWd && wd !== 0) params.mul_(1 - lr * wd);
  },
};

/** grads = grads + wd * params: decay that enters the averages. Put it first. Source: OPT-8. */
export const l2Reg: Stepper<{ wd: number }, StepState> = {
  name: "l2Reg",
  defaults: { wd: 0 },
  step({ params, grads, hyper: { wd }, doWd }) {
    if (doWd && wd !== 0) grads.add_(params, { alpha: wd });
  },
};

/** The stepper an optimizer's `decoupleWd` option stands for. */
export function decayStepper(decoupleWd: boolean): AnyStepper {
  return decoupleWd ? weightDecay : l2Reg;
}
