/** The learner with its default callbacks, schedules, the learning rate finder, exporting and loading. */
export { ActivationStats, type ActivationStatsOptions, type LayerStats } from "./activation-stats.js";
export { BnFreeze, setBnEval } from "./bn-freeze.js";
export { CastToTensor } from "./cast-to-tensor.js";
export { ChannelsLast } from "./channels-last.js";
export { Checkpoint, type CheckpointOptions } from "./checkpoint.js";
export { CollectData, CollectData as CollectDataCallback, type CollectedBatch } from "./collect-data.js";
export { CSVLogger, type CSVLoggerOptions } from "./csv-logger.js";
export { CutMix } from "./cut-mix.js";
export { EarlyStopping, EarlyStopping as EarlyStoppingCallback, type EarlyStoppingOptions } from "./early-stopping.js";
export { EMA, type EMAOptions } from "./ema.js";
export { exportLearner } from "./export.js";
export { FetchPreds, FetchPreds as FetchPredsCallback, type FetchPredsOptions } from "./fetch-preds.js";
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
export {
  Hook,
  HookCallback,
  type HookCallbackOptions,
  type HookFunc,
  type HookOptions,
  type HookOutputOptions,
  Hooks,
  hasParams,
  hookOutput,
  hookOutputs,
} from "./hook.js";
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
export { MCDropout, MCDropout as MCDropoutCallback } from "./mc-dropout.js";
export { type Mix, MixHandler } from "./mix-handler.js";
export { MixUp } from "./mix-up.js";
export { type AmpMode, MixedPrecision, type MixedPrecisionOptions } from "./mixed-precision.js";
export { dummyEval, modelSizes, numFeaturesModel, totalParams } from "./model-sizes.js";
export { ParamScheduler } from "./param-scheduler.js";
export type { ChannelsLastOptions } from "./precision.js";
export { type ProfilePhase, type ProfileRow, Profiler, type ProfilerOptions } from "./profiler.js";
export { Progress, Progress as ProgressCallback, type ProgressOptions } from "./progress.js";
export type { Terminal } from "./progress-bar.js";
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from "./reduce-lr-on-plateau.js";
export { SaveModel, SaveModel as SaveModelCallback, type SaveModelOptions } from "./save-model.js";
export {
  annealer,
  combinedCos,
  combineScheds,
  plotSchedules,
  type Schedule,
  type ScheduleOf,
  type SchedValue,
  schedCos,
  schedExp,
  schedLin,
  schedNo,
  schedPoly,
} from "./schedules.js";
export { ShortEpoch, ShortEpoch as ShortEpochCallback, type ShortEpochOptions } from "./short-epoch.js";
export { ShowGraph, ShowGraph as ShowGraphCallback, type ShowGraphOptions } from "./show-graph.js";
export { StopOnInterrupt, type StopOnInterruptOptions } from "./stop-on-interrupt.js";
export { type EmbeddingOptions, SummaryWriter } from "./tensorboard/summary-writer.js";
export {
  TensorBoard,
  TensorBoard as TensorBoardCallback,
  type TensorBoardOptions,
  TensorBoardProjector,
  TensorBoardProjector as TensorBoardProjectorCallback,
  type TensorBoardProjectorOptions,
} from "./tensorboard/tensorboard.js";
export { TerminateOnNaN, TerminateOnNaN as TerminateOnNaNCallback } from "./terminate-on-nan.js";
export { Timer, type TimerOptions } from "./timer.js";
export { Tracker, Tracker as TrackerCallback, type TrackerOptions } from "./tracker.js";
export { TrainEval, TrainEval as TrainEvalCallback } from "./train-eval.js";
export { type TtaOptions, type TtaParts, tta } from "./tta.js";
export { weightedDL } from "./weighted-dl.js";
