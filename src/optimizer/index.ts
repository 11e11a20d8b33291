/** Optimizers from statistics and steppers. */
export {
  Adam,
  type AdamHypers,
  type AdamState,
  adamStats,
  adamStep,
  composedAdam,
  fusedAdam,
} from "./adam.js";
export { Adan, type AdanOptions, adanStep } from "./adan.js";
export { BaseOptimizer, type LayerGroups, type ParamFlags } from "./base-optimizer.js";
export { l2Reg, weightDecay } from "./decay.js";
export { evenMults, type HyperValue } from "./hypers.js";
export { fusedLamb, Lamb, lambStep } from "./lamb.js";
export { Larc, type LarcOptions, larcLayerLr, larcStep } from "./larc.js";
export { Lion, type LionOptions, lionStep } from "./lion.js";
export {
  Lookahead,
  type LookaheadOptions,
  type LookaheadStateDict,
  type RangerOptions,
  ranger,
} from "./lookahead.js";
export { Muon, muonStep } from "./muon.js";
export { OptimWrapper, type OptimWrapperOptions, pytorchHpMap, type TorchOptimizer } from "./optim-wrapper.js";
export { Optimizer, type OptimizerStateDict, type SavedParamState } from "./optimizer.js";
export { QHAdam, type QHAdamOptions, qhadamStep } from "./qhadam.js";
export { fusedRAdam, RAdam, type RAdamOptions, radamStep, rectification } from "./radam.js";
export { type AdaptiveOptions, RMSProp, rmsPropStep } from "./rms-prop.js";
export { momentumStep, type OptimizerOptions, SGD, sgdStep } from "./sgd.js";
export { Sophia, type SophiaOptions, sophiaStep } from "./sophia.js";
export { averageGrad, averageSqrGrad, debias, stepStat } from "./stats.js";
export type { AnyStepper, CommonHypers, CommonState, StepContext, StepHypers, Stepper, StepState } from "./stepper.js";
