/** The learner with its default callbacks, schedules, the learning rate finder, exporting and loading. */
export { CastToTensor } from "./cast-to-tensor.js";
export { CSVLogger, type CSVLoggerOptions } from "./csv-logger.js";
export { EarlyStopping, type EarlyStoppingOptions } from "./early-stopping.js";
export { exportLearner } from "./export.js";
export {
  type FineTuneOptions,
  type FitFlatCosOptions,
  type FitOneCycleOptions,
  type FitSgdrOptions,
  fineTune,
  fitFlatCos,
  fitOneCycle,
  fitSgdr,
} from "./fit-schedules.js";
export { GradientAccumulation } from "./gradient-accumulation.js";
export { GradientClip } from "./gradient-clip.js";
export { Learner } from "./learner.js";
export { loadLearner } from "./load-learner.js";
export {
  LRFinder,
  type LrFindOptions,
  type LrFindResult,
  lrFind,
  type PlotLrFindOptions,
  plotLrFind,
} from "./lr-find.js";
export { minimum, type SuggestFunc, type Suggestion, slide, steep, valley } from "./lr-suggestions.js";
export { MixUp } from "./mix-up.js";
export { ParamScheduler } from "./param-scheduler.js";
export { Progress, type ProgressOptions } from "./progress.js";
export type { Terminal } from "./progress-bar.js";
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from "./reduce-lr-on-plateau.js";
export { SaveModel, type SaveModelOptions } from "./save-model.js";
export {
  annealer,
  combinedCos,
  combineScheds,
  type Schedule,
  type ScheduleOf,
  type SchedValue,
  schedCos,
  schedExp,
  schedLin,
  schedNo,
  schedPoly,
} from "./schedules.js";
export { ShortEpoch, type ShortEpochOptions } from "./short-epoch.js";
export { TerminateOnNaN } from "./terminate-on-nan.js";
export { Tracker, type TrackerOptions } from "./tracker.js";
export { TrainEval } from "./train-eval.js";
export { type TtaOptions, type TtaParts, tta } from "./tta.js";
