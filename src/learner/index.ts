/** The training loop, the callback contract, recording, metrics, predictions and interpretation. */
export {
  type IntegratedGradientsOptions,
  integratedGradients,
  type NoiseTunnelOptions,
  noiseTunnel,
  type OcclusionOptions,
  occlusion,
} from "./attribution.js";
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
export {
  type LoadOptions,
  load,
  readState,
  restore,
  type Saved,
  type SaveOptions,
  save,
} from "./checkpoint.js";
export type { ClassReport, ClassScores } from "./class-report.js";
export {
  ClassificationInterpretation,
  type PlotConfusionMatrixOptions,
  SegmentationInterpretation,
} from "./classification-interpretation.js";
export { type EventName, eventNames, type Phase } from "./events.js";
export { type ExplainMethod, type ExplainOptions, type Explanation, explain } from "./explain.js";
export { type Gathered, type GatherOptions, GatherPreds, GatherPreds as GatherPredsCallback } from "./gather-preds.js";
export {
  Interpretation,
  type InterpretationOptions,
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
  AvgMetric,
  averageMetric,
  Metric,
  type MetricFunc,
  type MetricLike,
  ValueMetric,
} from "./metric.js";
export {
  type AccumFunc,
  AccumMetric,
  type AccumMetricOptions,
  type MetricActivation,
  type SkmToFastaiOptions,
  skmToFastai,
} from "./metrics/accum-metric.js";
export {
  accuracy,
  accuracyMulti,
  errorRate,
  foregroundAcc,
  mae,
  mse,
  msle,
  topKAccuracy,
} from "./metrics/batch-metrics.js";
export { CorpusBLEUMetric, corpusBleu } from "./metrics/bleu.js";
export {
  BalancedAccuracy,
  BrierScore,
  type ClassScoreOptions,
  CohenKappa,
  F1Score,
  FBeta,
  HammingLoss,
  Jaccard,
  MatthewsCorrCoef,
  Precision,
  Recall,
} from "./metrics/classification.js";
export { AvgLoss, AvgSmoothLoss, LossMetric, LossMetrics, perplexity } from "./metrics/loss-metrics.js";
export { type MetricFunction, type MetricMaker, PairMetric } from "./metrics/metric-factory.js";
export {
  BrierScoreMulti,
  F1ScoreMulti,
  FBetaMulti,
  HammingLossMulti,
  JaccardMulti,
  type LabelScoreOptions,
  MatthewsCorrCoefMulti,
  PrecisionMulti,
  RecallMulti,
} from "./metrics/multi-label.js";
export { OptimMetric, type OptimMetricOptions, optimMetric } from "./metrics/optim-metric.js";
export { APScoreBinary, APScoreMulti, RocAuc, RocAucBinary, RocAucMulti } from "./metrics/ranking.js";
export {
  ExplainedVariance,
  expRmspe,
  PearsonCorrCoef,
  R2Score,
  rmse,
  SpearmanCorrCoef,
} from "./metrics/regression.js";
export { Dice, DiceMulti, JaccardCoeff, JaccardCoeffMulti } from "./metrics/segmentation.js";
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
export { showTrainingLoop } from "./show-training-loop.js";
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
