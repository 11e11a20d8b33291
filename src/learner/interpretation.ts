import { asTuple, DataLoader, plotTopLosses, type ShowOptions, TfmdDL } from "../data/index.js";
import type { Figure } from "../show/index.js";
import { checkOptions, OptionError, Tensor } from "../torch/index.js";
import { loaderAt } from "./loaders.js";
import type { TrainingLoop } from "./loop.js";
import { getPreds, type Predictions, unshuffled } from "./predictions.js";
import type { Batches } from "./types.js";

/** Options of `Interpretation.fromLearner`. */
export interface InterpretationOptions {
  /** Which of the data's loaders. Default: 1, the validation one. */
  dsIdx?: number;
  /** Another loader. */
  dl?: Batches;
  /** From raw outputs to predictions. Default: the loss's activation. */
  act?: (pred: Tensor) => Tensor;
}

/** The greatest or smallest losses, and the positions of their items in the dataset. */
export interface TopLosses {
  readonly losses: number[];
  readonly idxs: number[];
}

/** Options of `topLosses` and `plotTopLosses`. */
export interface TopLossesOptions {
  /** Whether the greatest losses come first; else the smallest. Default: true. */
  largest?: boolean;
}

/** Where a model is wrong. Only the losses are held; inputs and predictions are made again when asked for. Source: INT-1. */
export class Interpretation {
  constructor(
    readonly learn: TrainingLoop,
    /** The loader that is looked at, in the order of its dataset. */
    readonly dl: Batches,
    /** The loss of each item. */
    readonly losses: readonly number[],
    readonly act?: (pred: Tensor) => Tensor,
  ) {}

  /** Computes the losses over a loader. */
  static async fromLearner<T extends Interpretation>(
    this: new (
      learn: TrainingLoop,
      dl: Batches,
      losses: readonly number[],
      act?: (pred: Tensor) => Tensor,
    ) => T,
    learn: TrainingLoop,
    options: InterpretationOptions = {},
  ): Promise<T> {
    checkOptions("fromLearner", options, ["dsIdx", "dl", "act"]);
    const { dsIdx = 1, dl = loaderAt(learn.dls, dsIdx), act } = options;
    const ordered = unshuffled(dl);
    const { losses } = await getPreds(learn, { dl: ordered, withLoss: true, withPreds: false, withTargs: false });
    return new this(learn, ordered, losses.float().toArray() as number[], act); // one loss for each item: a flat list
  }

  /** The `k` greatest (or smallest) losses, all by default, with the positions of their items. Source: INT-2. */
  topLosses(k = this.losses.length, { largest = true }: TopLossesOptions = {}): TopLosses {
    const order = this.losses.map((_, i) => i).sort((a, b) => this.#loss(b) - this.#loss(a) || a - b);
    const idxs = (largest ? order : order.reverse()).slice(0, k);
    return { idxs, losses: idxs.map((i) => this.#loss(i)) };
  }

  /** The items with the greatest (or smallest) losses, with target, prediction, loss and probability. Source: INT-2. */
  async plotTopLosses(k: number | readonly number[], options: TopLossesOptions & ShowOptions = {}): Promise<Figure> {
    const { largest = true, ...show } = options;
    const ranks = typeof k === "number" ? Array.from({ length: k }, (_, i) => i) : k;
    const all = this.topLosses(undefined, { largest }).idxs;
    const idxs = ranks.map((rank) => all[rank]).filter((i) => i !== undefined);
    const { dl } = this;
    if (!(dl instanceof TfmdDL)) throw this.#needsItems("plotTopLosses");
    const preds = await this.at(idxs);
    const maxN = idxs.length;
    const inputs = listOf(preds.inputs);
    const truth = await dl.showParts(asTuple([...inputs, ...listOf(preds.targs)]), { maxN });
    const guess = await dl.showParts(asTuple([...inputs, ...listOf(preds.decoded)]), { maxN });
    const outs = guess.samples.map((sample) => sample.slice(dl.nInp));
    const raws = idxs.map((_, row) => preds.preds.select(0, row));
    const losses = idxs.map((i) => this.#loss(i));
    return plotTopLosses(truth.x, truth.y, truth.samples, outs, { raws, losses }, { ...show, maxN, nInp: dl.nInp });
  }

  /** The items at these positions beside what the model makes of them. Source: INT-2. */
  async showResults(idxs: readonly number[], options: ShowOptions = {}): Promise<Figure> {
    const { dl } = this;
    if (!(dl instanceof TfmdDL)) throw this.#needsItems("showResults");
    const { inputs, targs, decoded } = await this.at(idxs);
    const batch = asTuple([...listOf(inputs), ...listOf(targs)]);
    return dl.showResults(batch, decoded, { ...options, maxN: idxs.length });
  }

  /** Inputs, predictions, targets and decoded predictions at these positions of the dataset. */
  async at(idxs: readonly number[]): Promise<Predictions<Tensor | null>> {
    const { dl, act } = this;
    if (!(dl instanceof DataLoader)) throw this.#needsItems("at");
    const some = dl.new(undefined, { getIdxs: () => idxs });
    return getPreds(this.learn, { dl: some, withInput: true, withDecoded: true, reorder: false, act });
  }

  #loss(i: number): number {
    return this.losses[i] ?? Number.NaN;
  }

  #needsItems(where: string): OptionError {
    return new OptionError(
      `Interpretation.${where}: expected a loader made by a DataBlock or Datasets, which finds items by position, ` +
        "got another. Use topLosses, whose positions are those of your batches one after the other.",
    );
  }
}

function listOf(value: Tensor | readonly Tensor[] | null): readonly Tensor[] {
  return value === null ? [] : value instanceof Tensor ? [value] : value;
}
