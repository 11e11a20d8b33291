import { normBiasParams } from "../layers/index.js";
import type { BaseOptimizer } from "../optimizer/index.js";
import type { LearnerState } from "./learner-state.js";

/**
 * A new optimizer over the learner's layer groups. Normalisation layers and biases get no weight decay unless `wdBnBias`;
 * with `trainBn` normalisation layers keep training when their group is frozen. Source: OPT-22.
 */
export function createOpt(learn: LearnerState): BaseOptimizer {
  const { model, optFunc, splitter, lr, wdBnBias, trainBn } = learn;
  const opt = optFunc(splitter(model), { lr });
  if (!wdBnBias) opt.setFlags(normBiasParams(model), { doWd: false });
  if (trainBn) opt.setFlags(normBiasParams(model, { withBias: false }), { forceTrain: true });
  return opt;
}
