/** The training loop, the callback contract, recording, metrics, predictions and interpretation. */
export {
  beforeBatchCb,
  Callback,
  CallbackError,
  type CallbackLike,
  type Callbacks,
  type ChangeBatch,
  callbackList,
  type HandlerResult,
  type Undo,
} from "./callback.js";
export {
  Cancel,
  CancelBackward,
  CancelBatch,
  CancelEpoch,
  CancelFit,
  CancelStep,
  CancelTrain,
  CancelValid,
} from "./cancel.js";
export { type LoadOptions, load, type SaveOptions, save } from "./checkpoint.js";
export { type EventName, eventNames, type Phase } from "./events.js";
export { F1Score, type F1ScoreOptions } from "./f1-score.js";
export {
  ClassificationInterpretation,
  Interpretation,
  type InterpretationOptions,
  type PlotConfusionMatrixOptions,
  type TopLosses,
  type TopLossesOptions,
} from "./interpretation.js";
export {
  type FitOptions,
  type LearnerOptions,
  lrFirst,
  type ValidateOptions,
} from "./learner-options.js";
export { loaderAt } from "./loaders.js";
export { TrainingLoop } from "./loop.js";
export {
  type AverageMetricOptions,
  averageMetric,
  Metric,
  type MetricFunc,
  type MetricLike,
  ValueMetric,
} from "./metric.js";
export {
  type AccuracyOptions,
  accuracy,
  errorRate,
  type MetricFunction,
  type TopKAccuracyOptions,
  topKAccuracy,
} from "./metrics.js";
export {
  type Prediction,
  type PredictOptions,
  predict,
  type ShowResultsOptions,
  showResults,
} from "./predict.js";
export { type GetPredsOptions, getPreds, Predictions } from "./predictions.js";
export { formatTime, Recorder, type RecorderOptions } from "./recorder.js";
export type { PlotLossOptions } from "./recorder-plots.js";
export { SkipToEpoch } from "./skip-to-epoch.js";
export { summary } from "./summary.js";
export type {
  Batch,
  Batches,
  DataSource,
  Logger,
  LossFunc,
  LossTraits,
  Model,
  OptFunc,
  Splitter,
} from "./types.js";
export { type UnreducedLoss, unreducedLoss } from "./unreduced-loss.js";
