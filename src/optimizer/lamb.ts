/** LAMB: Adam's direction, scaled for each layer by the ratio of weights' norm to the direction's (You et al. 2019). */
import { checkOptions, where } from "../torch/index.js";
import { TensorList } from "../torch/optim/index.js";
import type { AdamHypers, AdamState } from "./adam.js";
import { AdamKernel, zeroAdamState } from "./adam-kernel.js";
import type { LayerGroups } from "./base-optimizer.js";
import { decayStepper } from "./decay.js";
import { Optimizer } from "./optimizer.js";
import { pieces, Scratch } from "./pieces.js";
import { ADAPTIVE_OPTIONS, type AdaptiveOptions } from "./rms-prop.js";
import { debias } from "./stats.js";
import type { StepContext, Stepper } from "./stepper.js";

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
    trustStep_(params, gradAvg.div(d1).div_(sqrAvg.div(d2).sqrt_().add_(eps)), lr);
  },
};

/** params -= lr * q * u. */
function trustStep_(params: TensorList, u: TensorList, lr: number): void {
  const r1 = params.norms(); // [P]
  const r2 = u.norms(); // [P]
  const q = where(r1.eq(0).logicalOr(r2.eq(0)), 1, r1.div(r2).clampMax(10)); // [P]
  params.addcmul_(u, new TensorList(q.unbind()), -lr);
}

/**
 * weightDecay (or l2Reg), adamStats and lambStep, where Adam's kernel makes u: its step from zeros at the rate -1 (a test
 * compares them). Goes through the parameters piece by piece, so that u needs little room. What `Lamb` runs.
 */
export function fusedLamb({
  decoupleWd = true,
}: {
  decoupleWd?: boolean;
} = {}): Stepper<AdamHypers & { wd: number }, AdamState> {
  const decay = decayStepper(decoupleWd);
  const [kernel, room] = [new AdamKernel(), new Scratch()];
  return {
    name: "fusedLamb",
    defaults: { mom: 0.9, sqrMom: 0.99, eps: 1e-5, wd: 0 },
    init: zeroAdamState,
    step(context) {
      decay.step(context as StepContext<never, never>); // it reads lr and wd
      const { params, grads, state, hyper } = context;
      state.step += 1;
      for (const [from, to] of pieces(params)) {
        const piece = (list: TensorList): TensorList => new TensorList(list.slice(from, to));
        const u = room.zerosLike(piece(params));
        const averages = { gradAvg: piece(state.gradAvg), sqrAvg: piece(state.sqrAvg), step: state.step };
        kernel.run(u, piece(grads), averages, { ...hyper, lr: -1, wd: 0 });
        trustStep_(piece(params), u, hyper.lr);
      }
    },
  };
}

/** LAMB; mom 0.9, sqrMom 0.99, eps 1e-5, wd 0. Source: OPT-18. */
export function Lamb(params: LayerGroups, options: AdaptiveOptions = {}): Optimizer {
  checkOptions("Lamb", options, ADAPTIVE_OPTIONS);
  const { decoupleWd = true, ...hypers } = options;
  return new Optimizer(params, fusedLamb({ decoupleWd }), hypers);
}
