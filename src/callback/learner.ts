import type { DataLoaders } from "../data/index.js";
import {
  type CallbackLike,
  type DataSource,
  type ExplainOptions,
  type Explanation,
  explain,
  type GetPredsOptions,
  getPreds,
  type LoadOptions,
  load,
  type Prediction,
  type Predictions,
  type PredictOptions,
  predict,
  Recorder,
  type SaveOptions,
  type ShowResultsOptions,
  save,
  showResults,
  showTrainingLoop,
  summary,
  TrainingLoop,
} from "../learner/index.js";
import type { HyperValue } from "../optimizer/index.js";
import type { Figure } from "../show/index.js";
import type { Tensor } from "../torch/index.js";
import { CastToTensor } from "./cast-to-tensor.js";
import { exportLearner } from "./export.js";
import {
  type FineTuneOptions,
  type FitFlatCosOptions,
  type FitOneCycleOptions,
  type FitSgdrOptions,
  fineTune,
  fitFlatCos,
  fitOneCycle,
  fitSgdr,
} from "./fit-schedules.js";
import { type LrFindOptions, type LrFindResult, lrFind } from "./lr-find.js";
import { MixedPrecision, type MixedPrecisionOptions } from "./mixed-precision.js";
import { type ChannelsLastOptions, toChannelslast, toContiguous, toMixed } from "./precision.js";
import { Progress } from "./progress.js";
import { TrainEval } from "./train-eval.js";
import { type TtaOptions, type TtaParts, tta } from "./tta.js";

/**
 * A model, its data and its loss, and everything to train, look at and ship it: the training loop with the default
 * callbacks (TrainEval, CastToTensor, Recorder, Progress). Each method is a free function in the file of its topic.
 *
 * @example
 * const learn = new Learner(dls, new Net(), { lossFunc: nn.functional.crossEntropy, metrics: accuracy });
 * await learn.fitOneCycle(3, 1e-2);
 */
export class Learner<D extends DataSource = DataLoaders> extends TrainingLoop<D> {
  protected override defaultCallbacks(): readonly CallbackLike[] {
    return [TrainEval, Recorder, CastToTensor, Progress];
  }

  /** Trains by the one-cycle policy. The greatest learning rate may stand before the options. Source: SCH-5. */
  fitOneCycle(nEpoch: number, lrOrOptions?: HyperValue | FitOneCycleOptions, more?: FitOneCycleOptions): Promise<void> {
    return fitOneCycle(this, nEpoch, lrOrOptions, more);
  }

  /** Trains at a flat learning rate, then down a cosine. Source: SCH-6. */
  fitFlatCos(nEpoch: number, lrOrOptions?: HyperValue | FitFlatCosOptions, more?: FitFlatCosOptions): Promise<void> {
    return fitFlatCos(this, nEpoch, lrOrOptions, more);
  }

  /** Trains in cosine cycles with warm restarts. Source: SCH-7. */
  fitSgdr(
    nCycles: number,
    cycleLen: number,
    lrOrOptions?: HyperValue | FitSgdrOptions,
    more?: FitSgdrOptions,
  ): Promise<void> {
    return fitSgdr(this, nCycles, cycleLen, lrOrOptions, more);
  }

  /** Trains the last layer group, then the whole model. Source: SCH-8. */
  fineTune(epochs: number, lrOrOptions?: number | FineTuneOptions, more?: FineTuneOptions): Promise<void> {
    return fineTune(this, epochs, lrOrOptions, more);
  }

  /** Searches for a good learning rate; leaves no trace. Source: SCH-10. */
  lrFind<Name extends string = "valley">(options?: LrFindOptions<Name>): Promise<LrFindResult<Name>> {
    return lrFind(this, options);
  }

  /** Predictions and targets of the validation data or of another loader, in the dataset's order. Source: LRN-16. */
  getPreds(
    options: GetPredsOptions & { readonly dl: NonNullable<GetPredsOptions["dl"]> },
  ): Promise<Predictions<Tensor | null>>;
  getPreds(options?: GetPredsOptions): Promise<Predictions>;
  getPreds(options?: GetPredsOptions): Promise<Predictions<Tensor | null>> {
    return getPreds(this, options);
  }

  /** The prediction for one item: as one reads it, as a tensor, and the activated output. Source: LRN-17. */
  predict(item: unknown, options?: PredictOptions): Promise<Prediction> {
    return predict(this, item, options);
  }

  /** Predictions averaged over several augmented passes and a plain one. Source: LRN-19. */
  tta(options: TtaOptions & { readonly beta: null }): Promise<TtaParts>;
  tta(options?: TtaOptions & { readonly beta?: number }): Promise<Predictions<Tensor | null>>;
  tta(options: TtaOptions = {}): Promise<Predictions<Tensor | null> | TtaParts> {
    return tta(this, options);
  }

  /** A batch beside what the model makes of it. Source: LRN-18. */
  showResults(options?: ShowResultsOptions): Promise<Figure> {
    return showResults(this, options);
  }

  /** A table of the model's layers, and what it is trained with. Source: LRN-32. */
  summary(): Promise<string> {
    return summary(this);
  }

  /** The loop as a text: phases, events and the callbacks that listen. Source: LRN-24. */
  showTrainingLoop(): string {
    return showTrainingLoop(this);
  }

  /** What in an item, such as the path of a photo, spoke for the predicted class. Source: INT-5. */
  explain(item: unknown, options?: ExplainOptions): Promise<Explanation> {
    return explain(this, item, options);
  }

  /** Saves weights and optimizer state to `path/modelDir/name.safetensors` (or an absolute name); returns the path. Source: LRN-21. */
  save(name: string, options?: SaveOptions): Promise<string> {
    return save(this, name, options);
  }

  /** Reads what `save` wrote. Source: LRN-21. */
  async load(name: string, options?: LoadOptions): Promise<this> {
    await load(this, name, options);
    return this;
  }

  /** Writes what predicting needs to `path/file`, or an absolute `file`; `loadLearner` reads it. Returns the path. Source: LRN-22. */
  export(file = "export.fai"): Promise<string> {
    return exportLearner(this, file);
  }

  /** Trains in float16 with scaled losses from now on. Source: CBK-10. */
  toFp16(options?: MixedPrecisionOptions): this {
    toMixed(this, "fp16", options);
    return this;
  }

  /** Trains in bfloat16 from now on. Source: CBK-10. */
  toBf16(): this {
    toMixed(this, "bf16");
    return this;
  }

  /** Trains in float32 from now on. Source: CBK-10. */
  toFp32(): this {
    return this.removeCbs(MixedPrecision);
  }

  /** Trains in the channels-last memory format, in mixed precision unless told otherwise. Source: CBK-21. */
  toChannelslast(options?: ChannelsLastOptions): this {
    toChannelslast(this, options);
    return this;
  }

  /** Trains in the usual memory format, and with `toFp32` without mixed precision. Source: CBK-21. */
  toContiguous(options?: { toFp32?: boolean }): this {
    toContiguous(this, options);
    return this;
  }

  /** Runs `body` without progress bar and table formatting: rows of the epoch table go to the logger as they are. */
  noBar<T>(body: () => T | Promise<T>): Promise<T> {
    return this.removedCbs(Progress, body);
  }
}
