/** Statistics that steppers further on read: running averages of gradients and their squares, the count of steps. */
import type { TensorList } from "../torch/optim/index.js";
import type { StepHypers, Stepper } from "./stepper.js";

/**
 * gradAvg = mom * gradAvg + d * grads, from zeros; d is 1, or 1 - mom with `dampening` (default false).
 * Keeps `gradAvg`. Source: OPT-9.
 */
export function averageGrad({
  dampening = false,
}: {
  dampening?: boolean;
} = {}): Stepper<{ mom: number }, { gradAvg: TensorList }> {
  return {
    name: "averageGrad",
    defaults: { mom: 0.9 },
    init: (params) => ({ gradAvg: params.zerosLike() }),
    step({ grads, state, hyper: { mom } }) {
      if (dampening) state.gradAvg.lerp_(grads, 1 - mom);
      else state.gradAvg.mul_(mom).add_(grads);
    },
  };
}

/**
 * sqrAvg = sqrMom * sqrAvg + d * grads², from zeros; d is 1 - sqrMom, or 1 without `dampening` (default true).
 * Keeps `sqrAvg`. Source: OPT-10.
 */
export function averageSqrGrad({
  dampening = true,
}: {
  dampening?: boolean;
} = {}): Stepper<{ sqrMom: number }, { sqrAvg: TensorList }> {
  return {
    name: "averageSqrGrad",
    defaults: { sqrMom: 0.99 },
    init: (params) => ({ sqrAvg: params.zerosLike() }),
    step({ grads, state, hyper: { sqrMom } }) {
      state.sqrAvg.mul_(sqrMom).addcmul_(grads, grads, dampening ? 1 - sqrMom : 1);
    },
  };
}

/** step = step + 1, from 0: the number of steps with a gradient, this one included. Keeps `step`. */
export const stepStat: Stepper<StepHypers, { step: number }> = {
  name: "stepStat",
  init: () => ({ step: 0 }),
  step({ state }) {
    state.step += 1;
  },
};

/**
 * What an average that started from zeros must be divided by after `step` steps: damp * (1 - mom^step) / (1 - mom),
 * where `damp` is the weight each new value had. Source: OPT-11.
 */
export function debias(mom: number, damp: number, step: number): number {
  return (damp * (1 - mom ** step)) / (1 - mom);
}
