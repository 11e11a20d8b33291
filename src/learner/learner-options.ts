import type { HyperValue } from "../optimizer/index.js";
import { Slice } from "../torch/index.js";
import type { Callbacks } from "./callback.js";
import type { MetricLike } from "./metric.js";
import type { Batches, LossFunc, OptFunc, Splitter } from "./types.js";

/** Options of a learner. */
export interface LearnerOptions {
  /** The loss. Default: the one the data knows. */
  lossFunc?: LossFunc;
  /** Makes the optimizer. Default: `Adam`. */
  optFunc?: OptFunc;
  /** Learning rate of fits that name none. Default: 1e-3. */
  lr?: HyperValue;
  /** Divides the parameters into layer groups. Default: one group of all that require gradients. */
  splitter?: Splitter;
  /** Callbacks that stay for the learner's life. */
  cbs?: Callbacks;
  /** Metrics of the epoch table: metrics, metric classes, or functions of prediction and target. */
  metrics?: MetricLike | readonly MetricLike[];
  /** Folder of saved and exported models. Default: the data's, else ".". */
  path?: string;
  /** Sub-folder of saved models. Default: "models". */
  modelDir?: string;
  /** Weight decay. Default: the optimizer's own. */
  wd?: number;
  /** Whether weight decay also applies to normalisation layers and biases. Default: false. */
  wdBnBias?: boolean;
  /** Whether normalisation layers of frozen groups keep training. Default: true. */
  trainBn?: boolean;
  /** Momentum at the start, the middle and the end of a one-cycle. Default: [0.95, 0.85, 0.95]. */
  moms?: readonly [number, number, number];
  /** Whether the default callbacks are added. Default: true. */
  defaultCbs?: boolean;
}

/** The names of the options of a learner. */
export const learnerOptionKeys = [
  "lossFunc",
  "optFunc",
  "lr",
  "splitter",
  "cbs",
  "metrics",
  "path",
  "modelDir",
  "wd",
  "wdBnBias",
  "trainBn",
  "moms",
  "defaultCbs",
] as const satisfies readonly (keyof LearnerOptions)[];

/** Options of `fit`. */
export interface FitOptions {
  /** Learning rate. Default: the learner's. */
  lr?: HyperValue;
  /** Weight decay. Default: the learner's, else the optimizer's own. */
  wd?: number;
  /** Callbacks for this fit only. */
  cbs?: Callbacks;
  /** Whether to begin with a new optimizer. Default: false. */
  resetOpt?: boolean;
  /** The epoch to continue from: earlier ones are skipped, so that a schedule goes on where it was. Default: 0. */
  startEpoch?: number;
}

/** The names of the options of `fit`. */
export const fitOptionKeys = [
  "lr",
  "wd",
  "cbs",
  "resetOpt",
  "startEpoch",
] as const satisfies readonly (keyof FitOptions)[];

/** Options of `validate`. */
export interface ValidateOptions {
  /** Which of the data's loaders. Default: 1, the validation one. */
  dsIdx?: number;
  /** Another loader. */
  dl?: Batches;
  /** Callbacks for this run only. */
  cbs?: Callbacks;
}

/** Whether an argument is a hyper-parameter's value rather than an options object. */
export function isHyperValue(value: unknown): value is HyperValue {
  return typeof value === "number" || Array.isArray(value) || value instanceof Slice;
}

/** The options of a fit whose learning rate may stand by position before them: `fit(3, 1e-3, { cbs })`. */
export function lrFirst<O extends object>(
  key: keyof O,
  lrOrOptions: HyperValue | O | undefined,
  options: O | undefined,
): O {
  if (isHyperValue(lrOrOptions)) return { ...(options as O), [key]: lrOrOptions }; // undefined spreads to nothing
  return { ...(lrOrOptions as O), ...options };
}
