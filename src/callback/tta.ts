import { TfmdDL, type Transforms } from "../data/index.js";
import { getPreds, loaderAt, Predictions, type TrainingLoop } from "../learner/index.js";
import { checkOptions, noGrad, OptionError, stack, type Tensor } from "../torch/index.js";

/** Options of `tta`. */
export interface TtaOptions {
  /** Which of the data's loaders. Default: 1, the validation one. */
  dsIdx?: number;
  /** Another loader. */
  dl?: TfmdDL;
  /** Augmented passes. Default: 4. */
  n?: number;
  /** Steps for each item instead of the loader's. Default: the loader's. */
  itemTfms?: Transforms;
  /** Steps for each batch instead of the loader's. Default: the loader's. */
  batchTfms?: Transforms;
  /** Weight of the plain pass; null returns both predictions apart. Default: 0.25. */
  beta?: number | null;
  /** Whether the greatest prediction of all passes counts instead of their mean; `beta` is not used then. Default: false. */
  useMax?: boolean;
}

const ttaKeys = ["dsIdx", "dl", "n", "itemTfms", "batchTfms", "beta", "useMax"] as const satisfies (keyof TtaOptions)[];

/** What `tta` returns with `beta: null`. */
export interface TtaParts {
  /** Mean over the augmented passes. */
  readonly augmented: Tensor;
  /** The pass without augmentation. */
  readonly plain: Tensor;
  /** Targets; null for data without. */
  readonly targs: Tensor | null;
}

/** A dataset whose transforms can be made to behave as in training. */
interface Splittable {
  setSplitIdx(splitIdx: 0 | 1): () => void;
}

/**
 * Predictions with test-time augmentation: `n` passes with the training transforms, averaged, and one with the validation
 * transforms, together `mean + beta (plain - mean)`; a quarter of the weight is the plain pass's unless told otherwise.
 * The loader is gone through in the dataset's order, to its last item (QRK-15).
 * Throws `OptionError` for a loader whose dataset has no training transforms to switch to. Source: LRN-19.
 *
 * @example
 * const { preds, targs } = await learn.tta({ n: 8 });
 */
export function tta(learn: TrainingLoop, options: TtaOptions & { readonly beta: null }): Promise<TtaParts>;
export function tta(learn: TrainingLoop, options?: TtaOptions): Promise<Predictions<Tensor | null> | TtaParts>;
export async function tta(
  learn: TrainingLoop,
  options: TtaOptions = {},
): Promise<Predictions<Tensor | null> | TtaParts> {
  checkOptions("tta", options, ttaKeys);
  const { n = 4, beta = 0.25, useMax = false } = options;
  if (!(Number.isInteger(n) && n > 0)) {
    throw new OptionError(`tta: expected a number of augmented passes, got ${n}. Pass a whole number, 1 or more.`);
  }
  const { dl, dataset } = loaderOf(learn, options);
  const passes: Tensor[] = [];
  const pass = (i: number) => getPreds(learn, { dl: dl.new(undefined, seedOf(dl, i)) });
  await asSplit(dataset, 0, async () => {
    for (let i = 0; i < n; i++) passes.push((await pass(i)).preds);
  });
  const { preds: plain, targs } = await asSplit(dataset, 1, () => pass(n));
  if (useMax) return new Predictions({ preds: noGrad(() => stack([plain, ...passes]).amax(0)), targs });
  const augmented = noGrad(() => stack(passes).mean(0));
  if (beta === null) return { augmented, plain, targs };
  return new Predictions({ preds: noGrad(() => augmented.lerp(plain, beta)), targs });
}

function loaderOf(learn: TrainingLoop, options: TtaOptions): { dl: TfmdDL; dataset: Splittable } {
  const { dsIdx = 1, itemTfms, batchTfms } = options;
  const given = options.dl ?? loaderAt(learn.dls, dsIdx);
  const dataset = given instanceof TfmdDL ? given.dataset : null;
  if (!(given instanceof TfmdDL) || !isSplittable(dataset)) {
    throw new OptionError(
      "tta: expected a loader over Datasets or TfmdLists, whose transforms know training from validation, got another. " +
        "Make the data with a DataBlock, or pass such a loader as dl.",
    );
  }
  const dl = given.new(undefined, {
    shuffle: false,
    dropLast: false,
    ...(itemTfms ? { afterItem: itemTfms } : {}),
    ...(batchTfms ? { afterBatch: batchTfms } : {}),
  });
  return { dl, dataset };
}

function isSplittable(dataset: unknown): dataset is Splittable {
  return typeof dataset === "object" && dataset !== null && "setSplitIdx" in dataset;
}

/** Passes of a loader with a fixed seed draw different augmentations, the same ones each time. */
function seedOf(dl: TfmdDL, pass: number): { seed?: number } {
  return dl.seed === undefined ? {} : { seed: dl.seed + pass };
}

async function asSplit<T>(dataset: Splittable, splitIdx: 0 | 1, body: () => Promise<T>): Promise<T> {
  const restore = dataset.setSplitIdx(splitIdx);
  try {
    return await body();
  } finally {
    restore();
  }
}
