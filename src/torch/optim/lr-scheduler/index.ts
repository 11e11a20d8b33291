/** Schedules of learning rates as in `torch.optim.lr_scheduler`. */
export { ChainedScheduler, type SchedulePart, SequentialLR } from "./combined.js";
export {
  CosineAnnealingLR,
  type CosineAnnealingLROptions,
  CosineAnnealingWarmRestarts,
  type WarmRestartsOptions,
} from "./cosine.js";
export { CyclicLR, type CyclicLROptions } from "./cyclic.js";
export {
  ConstantLR,
  type ConstantLROptions,
  ExponentialLR,
  LinearLR,
  type LinearLROptions,
  PolynomialLR,
  type PolynomialLROptions,
} from "./factor.js";
export { LambdaLR, type LrLambda, MultiplicativeLR } from "./lambda.js";
export { OneCycleLR, type OneCycleLROptions } from "./one-cycle.js";
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from "./plateau.js";
export {
  LRScheduler,
  type Schedule,
  type ScheduledGroup,
  type ScheduledOptimizer,
  type SchedulerOptions,
  type SchedulerState,
} from "./scheduler.js";
export { MultiStepLR, StepLR, type StepLROptions } from "./step.js";
