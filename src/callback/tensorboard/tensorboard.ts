/** Callbacks that write what a fit does for TensorBoard. */
import { join } from "node:path";
import { TfmdDL } from "../../data/index.js";
import { Callback, showResults, type TrainingLoop, type Undo } from "../../learner/index.js";
import { cat, checkOptions, keep, type nn, noGrad, OptionError, type Tensor } from "../../torch/index.js";
import { type Hook, hookOutput } from "../hook.js";
import { SummaryWriter } from "./summary-writer.js";

/** Options of `TensorBoard`. */
export interface TensorBoardOptions {
  /** The folder, below the learner's path; each fit has a folder of its own in it. Default "runs". */
  logDir?: string;
  /** Whether the model is written as a text. Default true. */
  traceModel?: boolean;
  /** Whether predictions are drawn after each epoch, where the data can be shown. Default true. */
  logPreds?: boolean;
  /** How many predictions are drawn. Default 9. */
  nPreds?: number;
  /** Whether the weights' and gradients' histograms are written at each epoch. Default false. */
  histograms?: boolean;
  /** Whether the features of the validation set are written for the projector. Default false. */
  projector?: boolean;
  /** The layer whose outputs are the features. Default: the last but one. */
  layer?: nn.AnyModule;
}

const keys = [
  "logDir",
  "traceModel",
  "logPreds",
  "nPreds",
  "histograms",
  "projector",
  "layer",
] as const satisfies (keyof TensorBoardOptions)[];

/**
 * Writes loss and hyper-parameters of each step, the epoch table, predictions, histograms and features for TensorBoard.
 * Losses are read once an epoch. Source: CBK-25, fastai `TensorBoardCallback`.
 *
 * @example
 * await learn.fit(3, { cbs: new TensorBoard({ histograms: true }) }); // then: tensorboard --logdir runs
 */
export class TensorBoard extends Callback {
  override readonly name = "tensorBoard";
  override readonly order = 51; // right after the recorder
  override readonly onlyTrainLoop = true;
  override readonly removeOnFetch = true;
  /** Writes to the folder of the last fit; null before the first. */
  writer: SummaryWriter | null = null;
  readonly #options: TensorBoardOptions;
  #hypers: Record<string, number>[] = [];
  #features: FeatureCollector | null = null;

  constructor(options: TensorBoardOptions = {}) {
    super();
    checkOptions("TensorBoard", options, keys);
    this.#options = options;
  }

  override beforeFit(learn: TrainingLoop): Undo | undefined {
    if (!learn.fitting) return undefined;
    const { logDir = "runs", traceModel = true } = this.#options;
    this.writer = new SummaryWriter(join(learn.path, logDir, stamp()));
    this.#hypers = [];
    if (traceModel) this.writer.addText("model", `\`\`\`\n${String(learn.model)}\n\`\`\``, 0);
    return () => this.writer?.close(); // also after an error
  }

  override afterBatch(learn: TrainingLoop): void {
    if (!learn.fitting) return;
    if (!learn.training) {
      this.#features?.add(learn);
      return;
    }
    const groups = learn.opt?.hypers ?? [];
    const named = groups.flatMap((hyper, i) => Object.entries(hyper).map(([name, value]) => [`${name}_${i}`, value]));
    this.#hypers.push(Object.fromEntries(named));
  }

  override afterTrain(learn: TrainingLoop): void {
    if (!this.writer || !learn.fitting || !this.#options.histograms) return;
    for (const [name, p] of learn.model.namedParameters()) this.writer.addHistogram(name, p, learn.trainIter);
  }

  override beforeValidate(learn: TrainingLoop): Undo | undefined {
    const { projector = false, layer } = this.#options;
    if (!learn.fitting || !projector) return undefined;
    this.#features = new FeatureCollector(learn, layer);
    return () => {
      this.#features?.remove();
      this.#features = null;
    };
  }

  override async afterValidate(learn: TrainingLoop): Promise<void> {
    if (this.writer) await this.#features?.write(this.writer, learn);
  }

  override async afterEpoch(learn: TrainingLoop): Promise<void> {
    const { writer } = this;
    if (!writer || !learn.fitting) return;
    const { recorder, trainIter, finalRecord } = learn;
    const first = recorder.losses.length - this.#hypers.length;
    for (const [i, hypers] of this.#hypers.entries()) {
      const step = first + i + 1;
      writer.addScalar("train_loss", recorder.losses[first + i] ?? Number.NaN, step);
      for (const [name, value] of Object.entries(hypers)) writer.addScalar(name, value, step);
    }
    this.#hypers = [];
    for (const [i, value] of finalRecord.entries()) {
      const name = recorder.metricNames[i + 1];
      if (name !== undefined && name !== "train_loss" && value !== null) writer.addScalar(name, value, trainIter);
    }
    await this.#drawPreds(learn, writer);
    await writer.flush();
  }

  async #drawPreds(learn: TrainingLoop, writer: SummaryWriter): Promise<void> {
    const { logPreds = true, nPreds = 9 } = this.#options;
    if (!logPreds || !(learn.dls.valid instanceof TfmdDL)) return; // plain batches cannot be shown
    const figure = await showResults(learn, { maxN: nPreds, shuffle: false });
    await writer.addFigure("Sample results", figure, learn.trainIter);
  }
}

/** Options of `TensorBoardProjector`. */
export type TensorBoardProjectorOptions = Pick<TensorBoardOptions, "logDir" | "layer">;

/**
 * Writes the features of a data set for TensorBoard's projector: pass it to `getPreds`. Source: CBK-25, fastai
 * `TensorBoardProjectorCallback`.
 *
 * @example
 * await learn.getPreds({ cbs: new TensorBoardProjector({ layer: learn.model.at(-2) }) });
 */
export class TensorBoardProjector extends Callback {
  override readonly name = "tensorBoardProjector";
  override readonly order = 51;
  readonly #options: TensorBoardProjectorOptions;
  #features: FeatureCollector | null = null;

  constructor(options: TensorBoardProjectorOptions = {}) {
    super();
    checkOptions("TensorBoardProjector", options, ["logDir", "layer"]);
    this.#options = options;
  }

  override beforeValidate(learn: TrainingLoop): Undo {
    this.#features = new FeatureCollector(learn, this.#options.layer);
    return () => this.#features?.remove();
  }

  override afterBatch(learn: TrainingLoop): void {
    this.#features?.add(learn);
  }

  override async afterValidate(learn: TrainingLoop): Promise<void> {
    const writer = new SummaryWriter(join(learn.path, this.#options.logDir ?? "runs", stamp()));
    await this.#features?.write(writer, learn);
    await writer.close();
  }
}

/** Collects what a layer makes of a data set, with photos and targets. */
class FeatureCollector {
  readonly #hook: Hook<Tensor>;
  #vectors: Tensor[] = [];
  #images: Tensor[] = [];
  #labels: Tensor[] = [];

  constructor(learn: TrainingLoop, layer: nn.AnyModule | undefined) {
    this.#hook = hookOutput(layer ?? lastButOne(learn.model), { cpu: true });
  }

  add({ xb: [x], yb: [y] }: TrainingLoop): void {
    const { stored } = this.#hook;
    const copy = (t: Tensor): Tensor => keep(t.detach().to("cpu").clone());
    if (stored) this.#vectors.push(copy(stored.flatten(1)));
    if (x?.ndim === 4) this.#images.push(copy(x));
    if (y?.ndim === 1) this.#labels.push(copy(y));
  }

  remove(): void {
    this.#hook.remove();
  }

  async write(writer: SummaryWriter, learn: TrainingLoop): Promise<void> {
    if (this.#vectors.length === 0) return;
    const { vocab } = learn.dls as { vocab?: readonly unknown[] };
    const labels = this.#labels.flatMap((y) => y.toArray() as number[]); // [N]
    await writer.addEmbedding(cat(this.#vectors), {
      step: learn.trainIter,
      ...(labels.length > 0 ? { metadata: labels.map((label) => String(vocab?.[label] ?? label)) } : {}),
      ...(this.#images.length > 0 ? { labelImg: stretched(cat(this.#images)) } : {}),
    });
    for (const t of [...this.#vectors, ...this.#images, ...this.#labels]) t.dispose();
    [this.#vectors, this.#images, this.#labels] = [[], [], []];
  }
}

/** Each photo from its least to its greatest value, as 0..1, with 3 channels or 1. Shapes: [N, C, H, W]. */
function stretched(images: Tensor): Tensor {
  return noGrad(() => {
    const shown = images.size(1) === 3 ? images : images.narrow(1, 0, 1);
    const flat = shown.flatten(1); // [N, C * H * W]
    const [low, high] = [flat.amin(1, { keepdim: true }), flat.amax(1, { keepdim: true })];
    return flat.sub(low).div(high.sub(low).clampMin(1e-9)).view(shown.shape);
  });
}

function lastButOne(model: nn.AnyModule): nn.AnyModule {
  const leaves = model.modules().filter((module) => module.children().length === 0);
  const layer = leaves.at(-2);
  if (layer) return layer;
  throw new OptionError("TensorBoard: expected a model of several layers to take features from. Pass { layer }.");
}

/** Now, as the name of a folder. */
function stamp(): string {
  return new Date().toISOString().replaceAll(":", "-").slice(0, 23);
}
