/** Muon: momentum made orthogonal, for matrices; Adam for the rest (Jordan 2024). */
import { checkOptions, type Tensor } from "../torch/index.js";
import { orthogonal } from "../torch/optim/index.js";
import { type AdamHypers, type AdamState, adamStats } from "./adam.js";
import type { LayerGroups } from "./base-optimizer.js";
import { decayStepper } from "./decay.js";
import { Optimizer } from "./optimizer.js";
import { ADAPTIVE_OPTIONS, type AdaptiveOptions } from "./rms-prop.js";
import { debias } from "./stats.js";
import type { Stepper } from "./stepper.js";

/**
 * Matrices (kernels of convolutions laid flat): params -= lr sqrt(max(1, rows/columns)) orthogonal(mom gradAvg + (1-mom) g).
 * Vectors: Adam's step, a tenth of `lr`.
 */
export const muonStep: Stepper<AdamHypers, AdamState> = {
  name: "muonStep",
  defaults: { eps: 1e-8 },
  needs: ["gradAvg", "sqrAvg", "step"],
  step({ params, grads, state: { gradAvg, sqrAvg, step }, hyper: { lr, mom, sqrMom, eps } }) {
    const [d1, d2] = [debias(mom, 1 - mom, step), debias(sqrMom, 1 - sqrMom, step)];
    for (const [at, param] of params.entries()) {
      // The lists have an entry for each parameter.
      const [grad, average, square] = [grads[at], gradAvg[at], sqrAvg[at]] as [Tensor, Tensor, Tensor];
      if (param.ndim < 2) {
        param.addcdiv_(average, square.div(d2).sqrt_().add_(eps), { value: -lr / 10 / d1 });
        continue;
      }
      const direction = orthogonal(grad.lerp(average, mom).flatten(1)); // [rows, columns]
      const factor = Math.sqrt(Math.max(1, direction.size(0) / direction.size(1)));
      param.add_(direction.view(param.shape), { alpha: -lr * factor });
    }
  },
};

/** Muon; mom 0.95, sqrMom 0.99, eps 1e-8, wd 0.1. Looks ahead along the momentum. */
export function Muon(params: LayerGroups, options: AdaptiveOptions = {}): Optimizer {
  checkOptions("Muon", options, ADAPTIVE_OPTIONS);
  const { decoupleWd = true, ...hypers } = options;
  const defaults = { mom: 0.95, sqrMom: 0.99, wd: 0.1 };
  return new Optimizer(params, [decayStepper(decoupleWd), ...adamStats(), muonStep], { ...defaults, ...hypers });
}
