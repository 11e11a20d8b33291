/** Adan: Adam with a look ahead along the change of gradients (Xie et al. 2022). */
import { checkOptions } from "../torch/index.js";
import type { TensorList } from "../torch/optim/index.js";
import type { LayerGroups } from "./base-optimizer.js";
import type { HyperValue } from "./hypers.js";
import { Optimizer } from "./optimizer.js";
import { ADAPTIVE_OPTIONS, type AdaptiveOptions } from "./rms-prop.js";
import { debias, stepStat } from "./stats.js";
import type { Stepper } from "./stepper.js";

/** Options of `Adan`. */
export interface AdanOptions extends Omit<AdaptiveOptions, "decoupleWd"> {
  /** Decay of the average of gradients' changes. Default 0.92. */
  diffMom?: HyperValue;
}

type AdanState = { gradAvg: TensorList; diffAvg: TensorList; sqrAvg: TensorList; lastGrad: TensorList; step: number };
type AdanHypers = { lr: number; mom: number; diffMom: number; sqrMom: number; eps: number; wd: number };

/**
 * With d = g - lastGrad: averages of g, d and (g + diffMom d)²; u = (gradAvg/b1 + diffMom diffAvg/b2) / (sqrt(sqrAvg/b3) + eps);
 * params = (params - lr u) / (1 + lr wd). Source: the paper's algorithm 1, the b its debiasing.
 */
export const adanStep: Stepper<AdanHypers, AdanState> = {
  name: "adanStep",
  defaults: { mom: 0.98, diffMom: 0.92, sqrMom: 0.99, eps: 1e-8, wd: 0 },
  needs: ["step"],
  init: (params) => ({
    gradAvg: params.zerosLike(),
    diffAvg: params.zerosLike(),
    sqrAvg: params.zerosLike(),
    lastGrad: params.zerosLike(),
  }),
  step({ params, grads, state: { gradAvg, diffAvg, sqrAvg, lastGrad, step }, hyper, doWd }) {
    const { lr, mom, diffMom, sqrMom, eps, wd } = hyper;
    if (step === 1) lastGrad.copy_(grads);
    const change = grads.sub(lastGrad);
    const ahead = grads.add(change, { alpha: diffMom });
    gradAvg.lerp_(grads, 1 - mom);
    diffAvg.lerp_(change, 1 - diffMom);
    sqrAvg.mul_(sqrMom).addcmul_(ahead, ahead, 1 - sqrMom);
    const [b1, b2, b3] = [mom, diffMom, sqrMom].map((m) => debias(m, 1 - m, step)) as [number, number, number];
    const direction = gradAvg.mul(1 / b1).add_(diffAvg, { alpha: diffMom / b2 });
    params.addcdiv_(direction, sqrAvg.div(b3).sqrt_().add_(eps), -lr);
    if (doWd && wd !== 0) params.div_(1 + lr * wd);
    lastGrad.copy_(grads);
  },
};

/** Adan; mom 0.98, diffMom 0.92, sqrMom 0.99, eps 1e-8, wd 0. Weight decay is applied after the step. */
export function Adan(params: LayerGroups, options: AdanOptions = {}): Optimizer {
  checkOptions("Adan", options, [...ADAPTIVE_OPTIONS.filter((name) => name !== "decoupleWd"), "diffMom"]);
  return new Optimizer(params, [stepStat, adanStep], { ...options });
}
