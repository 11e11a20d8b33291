import { andThen, DataLoader, mapTensors } from "../data/index.js";
import { checkOptions, noGrad, OptionError, type Tensor, tensor } from "../torch/index.js";
import { type Callbacks, callbackList } from "./callback.js";
import { concatBatches, type Gathered, GatherPreds } from "./gather-preds.js";
import { loaderAt } from "./loaders.js";
import type { TrainingLoop } from "./loop.js";
import type { Batches } from "./types.js";

/** Options of `getPreds`. */
export interface GetPredsOptions {
  /** Which of the data's loaders. Default: 1, the validation one. */
  dsIdx?: number;
  /** Another loader. */
  dl?: Batches;
  /** Whether the inputs are returned. Default: false. */
  withInput?: boolean;
  /** Whether the loss's `decodes` of the predictions is returned. Default: false. */
  withDecoded?: boolean;
  /** Whether the loss of each item is returned. Default: false. */
  withLoss?: boolean;
  /** Whether predictions are returned. Default: true. */
  withPreds?: boolean;
  /** Whether targets are returned. Default: true. */
  withTargs?: boolean;
  /** From raw outputs to predictions. Default: the loss's activation. */
  act?: (pred: Tensor) => Tensor;
  /** Whether this happens in the middle of a fit. Default: whether it does. */
  inner?: boolean;
  /** Whether results are put into the order of the dataset. Default: true. */
  reorder?: boolean;
  /** The dimension along which batches are joined. Default: 0. */
  concatDim?: number;
  /** Callbacks for this run only. */
  cbs?: Callbacks;
  /** A folder for the raw output of each batch, as `0.safetensors` and so on with the key "preds". Default: none. */
  savePreds?: string;
  /** A folder for the targets of each batch, likewise with the key "targs". Default: none. */
  saveTargs?: string;
}

const getPredsKeys = [
  "dsIdx",
  "dl",
  "withInput",
  "withDecoded",
  "withLoss",
  "withPreds",
  "withTargs",
  "act",
  "inner",
  "reorder",
  "concatDim",
  "cbs",
  "savePreds",
  "saveTargs",
] as const satisfies readonly (keyof GetPredsOptions)[];

/**
 * What `getPreds` returns. Also destructures as an array of what was asked for, in this order: inputs, predictions,
 * targets, decoded predictions, losses. Reading what was not asked for throws `OptionError`. Source: LRN-16.
 */
export class Predictions<Targs extends Tensor | null = Tensor> {
  readonly #parts: Readonly<Partial<Record<Part, Tensor | null>>>;

  constructor(parts: Readonly<Partial<Record<Part, Tensor | null>>>) {
    this.#parts = parts;
  }

  /** Activated predictions, in the order of the dataset. */
  get preds(): Tensor {
    return this.#part("preds", "withPreds");
  }
  /** Targets; null for data without. */
  get targs(): Targs {
    // Null only comes from loaders without targets, for which `Targs` includes it.
    return (this.#parts.targs === null ? null : this.#part("targs", "withTargs")) as Targs;
  }
  /** Inputs, with `withInput`. */
  get inputs(): Tensor {
    return this.#part("inputs", "withInput");
  }
  /** Decoded predictions, with `withDecoded`. */
  get decoded(): Tensor {
    return this.#part("decoded", "withDecoded");
  }
  /** The loss of each item, with `withLoss`. */
  get losses(): Tensor {
    return this.#part("losses", "withLoss");
  }

  *[Symbol.iterator](): Generator<Tensor | null> {
    for (const name of parts) {
      const part = this.#parts[name];
      if (part !== undefined) yield part;
    }
  }

  #part(name: Part, option: keyof GetPredsOptions): Tensor {
    const part = this.#parts[name];
    if (part) return part;
    throw new OptionError(`getPreds: expected { ${option}: true } for .${name}. Pass it, and a loader that has them.`);
  }
}

const parts = ["inputs", "preds", "targs", "decoded", "losses"] as const;
type Part = (typeof parts)[number];

/**
 * Predictions over a loader, on the CPU, in the order of the dataset: activated by the loss, decoded if asked for.
 * The loader is gone through without shuffling and to its last item. What is more than memory holds goes to folders:
 * `{ savePreds: folder, withPreds: false }`. Source: LRN-16.
 */
export async function getPreds(
  learn: TrainingLoop,
  options: GetPredsOptions = {},
): Promise<Predictions<Tensor | null>> {
  checkOptions("getPreds", options, getPredsKeys);
  const { dsIdx = 1, inner, reorder = true, cbs, concatDim = 0 } = options;
  const { withInput = false, withDecoded = false, withLoss = false, withPreds = true, withTargs = true } = options;
  const order = new DatasetOrder();
  const whole = options.dl ? wholeLoader(options.dl) : unshuffled(loaderAt(learn.dls, dsIdx));
  const dl = reorder ? order.watch(whole) : whole;
  const { savePreds, saveTargs } = options;
  const gather = new GatherPreds({
    ...{ withInput, withLoss, withPreds: withPreds || withDecoded, withTargs },
    ...{ concatDim, savePreds, saveTargs },
  });
  const run = (): Promise<void> => learn.runValidation(dl, { cbs: [...callbackList(cbs), gather], inner });
  await (withLoss ? learn.lossNotReduced(run) : run());
  const join = (batches: readonly Gathered[]): Tensor | null => order.restore(concatBatches(batches, concatDim));
  const { activation, decodes } = learn.lossFunc;
  return noGrad(() => {
    const raw = join(gather.preds);
    const act = options.act ?? ((pred: Tensor) => activation?.call(learn.lossFunc, pred) ?? pred);
    const preds = raw && act(raw);
    return new Predictions({
      ...(withInput ? { inputs: join(gather.inputs) } : {}),
      ...(withPreds ? { preds } : {}),
      ...(withTargs ? { targs: join(gather.targs) } : {}),
      // Losses of several targets decode to a list, which is handed on as it is.
      ...(withDecoded && preds ? { decoded: (decodes?.call(learn.lossFunc, preds) ?? preds) as Tensor } : {}),
      ...(withLoss ? { losses: join(gather.losses) } : {}),
    });
  });
}

/** The loader without shuffling, to the last item. */
export function unshuffled(dl: Batches): Batches {
  return dl instanceof DataLoader ? dl.new(undefined, { shuffle: false, dropLast: false }) : dl;
}

function wholeLoader(dl: Batches): Batches {
  return dl instanceof DataLoader && dl.dropLast ? unshuffled(dl) : dl;
}

/** Notes in which order a loader went through its dataset, and what it left out, to undo it. */
class DatasetOrder {
  #positions: number[] | null = null;
  #loader: DataLoader | null = null;

  watch(dl: Batches): Batches {
    if (!(dl instanceof DataLoader)) return dl;
    const watched = dl.new();
    this.#loader = watched;
    const { getIdxs } = watched;
    watched.getIdxs = (epoch) =>
      andThen(getIdxs.call(watched, epoch), (samples) => {
        const positions = [...samples];
        this.#positions = positions.every((at) => at !== null) ? positions : null;
        return positions;
      });
    return watched;
  }

  /** The joined results, which are one tensor (or one for each output), in the dataset's order. */
  restore(joined: Gathered | null): Tensor | null {
    const leftOut = new Set(this.#loader?.skipped.map(({ index }) => index));
    const positions = this.#positions?.filter((at) => !leftOut.has(at));
    // Models with several outputs give a list; it is handed on as it is.
    const result = joined as Tensor | null;
    if (result === null || !positions || positions.every((at, i) => i === 0 || at > (positions[i - 1] ?? 0)))
      return result;
    const places = positions.map((at, i) => [at, i] as const).sort((a, b) => a[0] - b[0]);
    const index = tensor(
      places.map(([, i]) => i),
      { dtype: "int64" },
    );
    return mapTensors(result, (t) => (t.shape[0] === positions.length ? t.indexSelect(0, index) : t));
  }
}
