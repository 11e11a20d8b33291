/** Optimizers as in `torch.optim`. */
export { Adadelta, type AdadeltaHypers } from "./adadelta.js";
export { Adafactor, type AdafactorHypers } from "./adafactor.js";
export { Adagrad, type AdagradHypers } from "./adagrad.js";
export { Adam, type AdamHypers, AdamW, type AdamWHypers } from "./adam.js";
export { Adamax, type AdamaxHypers } from "./adamax.js";
export { ASGD, type ASGDHypers } from "./asgd.js";
export { BucketOptimizer } from "./bucket-optimizer.js";
export { kernel } from "./foreach.js";
export { LBFGS, type LBFGSHypers } from "./lbfgs.js";
export * as lrScheduler from "./lr-scheduler/index.js";
export type { DecoupledHypers, MomentHypers } from "./moments.js";
export { Muon, type MuonHypers, orthogonal } from "./muon.js";
export { NAdam, type NAdamHypers } from "./nadam.js";
export {
  type GivenGroup,
  Optimizer,
  type OptimizerSpec,
  type ParamGroup,
  type ParamList,
  type Params,
  type ScheduledHypers,
  type ZeroGradOptions,
} from "./optimizer.js";
export { type Bucket, type BucketState, type BucketStep, ParamBuckets, type ParamState } from "./param-buckets.js";
export { ourKeys, pythonKeys } from "./python-names.js";
export { RAdam, type RAdamHypers } from "./radam.js";
export { RMSprop, type RMSpropHypers } from "./rmsprop.js";
export { Rprop, type RpropHypers } from "./rprop.js";
export { SGD, type SGDHypers } from "./sgd.js";
export { SparseAdam, type SparseAdamHypers } from "./sparse-adam.js";
export { counterOf, type OptimStateDict, recordOf, recordsOf, type SavedHyper, type SavedState } from "./state-dict.js";
export * as swaUtils from "./swa-utils/index.js";
export { type ListOperand, TensorList } from "./tensor-list.js";
