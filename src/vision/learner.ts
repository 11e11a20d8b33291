import { Learner } from "../callback/index.js";
import { DataLoaders, getC, Normalize, type Stats, TfmdDL } from "../data/index.js";
import type {
  Batches,
  Callbacks,
  DataSource,
  FitOptions,
  LearnerOptions,
  LoadOptions,
  SaveOptions,
} from "../learner/index.js";
import type { HyperValue } from "../optimizer/index.js";
import { type nn, type Tensor, ValueError } from "../torch/index.js";
import { findArch, type VisionArch } from "./models/arch.js";
import {
  archMeta,
  type BodyChoice,
  type LoadBody,
  planVisionModel,
  type VisionModelOptions,
  visionModelOptionKeys,
} from "./models/vision-model.js";

/** What {@link visionLearner} may be told: what the model, its head and the learner may. */
export interface VisionLearnerOptions extends VisionModelOptions, LearnerOptions {
  /** Whether to add `Normalize` with the architecture's figures when it is pretrained and the data has none. Default true. */
  normalize?: boolean;
  /** How many outputs. Default: what the data says. */
  nOut?: number;
}

/**
 * A learner whose pretrained weights may still be on their way: everything that uses the model waits for them. Only code that calls
 * `learn.model` itself awaits {@link ready} first.
 */
export class VisionLearner<D extends DataSource = DataLoaders> extends Learner<D> {
  #load: (() => Promise<void>) | null = null;
  #loading: Promise<void> | null = null;

  /** Says how the pretrained weights get into the model; called once, before anything uses it. */
  loadFirst(load: (() => Promise<void>) | null): this {
    this.#load = load;
    return this;
  }

  /** Waits until the pretrained weights are in the model. Throws `DownloadError`; a later call tries again. */
  async ready(): Promise<this> {
    if (this.#load) {
      this.#loading ??= this.#load();
      try {
        await this.#loading;
        this.#load = null;
      } finally {
        this.#loading = null;
      }
    }
    return this;
  }

  override async fit(nEpoch: number, lrOrOptions?: HyperValue | FitOptions, more?: FitOptions): Promise<void> {
    await this.ready();
    await super.fit(nEpoch, lrOrOptions, more);
  }
  override async runValidation(dl: Batches, options?: { cbs?: Callbacks; inner?: boolean }): Promise<void> {
    await this.ready();
    await super.runValidation(dl, options);
  }
  override async summary(): Promise<string> {
    await this.ready();
    return super.summary();
  }
  override async save(name: string, options?: SaveOptions): Promise<string> {
    await this.ready();
    return super.save(name, options);
  }
  override async load(name: string, options?: LoadOptions): Promise<this> {
    await this.ready();
    return super.load(name, options);
  }
  override async export(file?: string): Promise<string> {
    await this.ready();
    return super.export(file);
  }
}

/**
 * A learner that classifies images (or does regression on them) with the body of an architecture and a new head.
 *
 * With pretrained weights, the default, the body is frozen, and the data gets the normalisation the weights were trained with unless it
 * has one. The weights are fetched into the user's cache before the first use; `pretrained: false` starts from random ones.
 *
 * The architecture is one of this package's, also by its name, or a function of one's own. Throws when the data does not say
 * how many outputs there are, or the architecture has no published weights. Source: VLN-6.
 *
 * @example
 * const learn = visionLearner(dls, resnet34, { metrics: errorRate });
 * await learn.fineTune(4);
 */
export function visionLearner<D extends DataSource = DataLoaders>(
  dls: D,
  arch: VisionArch | string,
  options: VisionLearnerOptions = {},
): VisionLearner<D> {
  return transferLearner("visionLearner", dls, arch, options, { keys: visionModelOptionKeys, plan: planVisionModel });
}

/** A model, and how its pretrained weights get in. */
interface ModelPlan {
  readonly model: nn.Module<[Tensor], Tensor>;
  readonly load: LoadBody;
}

/** What all learners with a pretrained body may be told. */
interface TransferOptions extends BodyChoice, LearnerOptions {
  normalize?: boolean;
  nOut?: number;
}

/** Makes a learner around the body of an architecture: the part that classification and segmentation share. */
export function transferLearner<D extends DataSource, O extends object>(
  where: string,
  dls: D,
  named: VisionArch | string,
  options: TransferOptions & O,
  {
    keys,
    plan,
  }: { keys: readonly string[]; plan: (arch: VisionArch, nOut: number, options: BodyChoice & O) => ModelPlan },
): VisionLearner<D> {
  const arch = typeof named === "string" ? findArch(named) : named;
  const { normalize = true, nOut = getC(dls), ...rest } = options;
  if (!nOut) throw new ValueError(`${where}: expected data that knows its classes, got none. Pass { nOut }.`);
  const { pretrained = true, nIn = 3 } = options;
  const entries = Object.entries(rest);
  // The learner checks its options itself, so whatever is not the model's is the learner's.
  const ofModel = Object.fromEntries(entries.filter(([key]) => keys.includes(key))) as BodyChoice & O;
  const ofLearner = Object.fromEntries(entries.filter(([key]) => !keys.includes(key)));
  const { model, load } = plan(arch, nOut, ofModel);
  const { stats, split } = archMeta(arch);
  if (normalize && pretrained && stats?.[0].length === nIn) addNormalize(dls, stats);
  const learn = new VisionLearner(dls, model, { splitter: split, ...ofLearner }).loadFirst(load);
  if (pretrained) learn.freeze();
  return learn;
}

function addNormalize(dls: DataSource, stats: Stats): void {
  if (!(dls instanceof DataLoaders)) return;
  const { train } = dls;
  const has = !(train instanceof TfmdDL) || train.pipelines.afterBatch.fs.some((step) => step instanceof Normalize);
  if (!has) dls.addTfms([Normalize.fromStats(stats)], "afterBatch");
}
