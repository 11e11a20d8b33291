/** Sophia: momentum over an estimate of the curvature, clipped in every coordinate (Liu et al. 2023). */
import { checkOptions } from "../torch/index.js";
import type { TensorList } from "../torch/optim/index.js";
import type { LayerGroups } from "./base-optimizer.js";
import { decayStepper } from "./decay.js";
import type { HyperValue } from "./hypers.js";
import { Optimizer } from "./optimizer.js";
import { COMMON_OPTIONS, type OptimizerOptions } from "./sgd.js";
import { averageGrad, stepStat } from "./stats.js";
import type { Stepper } from "./stepper.js";

/** Options of `Sophia`. */
export interface SophiaOptions extends OptimizerOptions {
  /** Decay of the average of curvatures. Default 0.99. */
  sqrMom?: HyperValue;
  /** How much of the curvature counts; the greater, the fewer coordinates are clipped. Default 0.04. */
  rho?: HyperValue;
  /** Items in a batch, by which squared gradients of the mean loss become curvatures. Default 1. */
  bs?: HyperValue;
  /** The curvature is estimated every so many steps. Default 10. */
  every?: HyperValue;
}

type SophiaHypers = { lr: number; sqrMom: number; rho: number; bs: number; every: number };
type SophiaState = { gradAvg: TensorList; hessian: TensorList; step: number };

/**
 * hessian = sqrMom hessian + (1-sqrMom) bs g² every `every` steps; params -= lr * clip(gradAvg / (rho hessian), -1, 1).
 * The curvature is that of Gauss, Newton and Bartlett with the batch's own labels instead of drawn ones.
 * Source: the paper's algorithms 2 and 3.
 */
export const sophiaStep: Stepper<SophiaHypers, SophiaState> = {
  name: "sophiaStep",
  defaults: { sqrMom: 0.99, rho: 0.04, bs: 1, every: 10 },
  needs: ["gradAvg", "step"],
  init: (params) => ({ hessian: params.zerosLike() }),
  step({ params, grads, state: { gradAvg, hessian, step }, hyper: { lr, sqrMom, rho, bs, every } }) {
    if ((step - 1) % every === 0) hessian.mul_(sqrMom).addcmul_(grads, grads, (1 - sqrMom) * bs);
    const size = gradAvg.abs().div_(hessian.mul(rho).add_(1e-15)).clampMax_(1);
    params.addcmul_(gradAvg.sign(), size, -lr);
  },
};

/** Sophia; mom 0.965, sqrMom 0.99, rho 0.04, bs 1, every 10, wd 0.1. */
export function Sophia(params: LayerGroups, options: SophiaOptions = {}): Optimizer {
  checkOptions("Sophia", options, [...COMMON_OPTIONS, "sqrMom", "rho", "bs", "every"]);
  const { decoupleWd = true, ...hypers } = options;
  const steppers = [decayStepper(decoupleWd), averageGrad({ dampening: true }), stepStat, sophiaStep];
  return new Optimizer(params, steppers, { mom: 0.965, wd: 0.1, ...hypers });
}
