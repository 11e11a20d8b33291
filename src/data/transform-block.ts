/** What one kind of input or target brings to a DataBlock. Source: DBL-2, DBL-11. */
import { Categorize, type CategorizeOptions } from "./categorize.js";
import type { Label } from "./category-map.js";
import type { DataLoadersOptions, TfmdDLClass } from "./loaders-of.js";
import {
  EncodedMultiCategorize,
  MultiCategorize,
  type MultiCategorizeOptions,
  OneHotEncode,
} from "./multi-categorize.js";
import { RegressionSetup } from "./regression-setup.js";
import { ToTensor } from "./to-tensor.js";
import { type TransformLike, type Transforms, transformList } from "./transform.js";

/** Settings of a TransformBlock. */
export interface TransformBlockOptions {
  /** Steps from the raw value to the item. */
  typeTfms?: Transforms;
  /** Steps on items, before they are put into batches; `ToTensor` always comes first. */
  itemTfms?: Transforms;
  /** Steps on batches. */
  batchTfms?: Transforms;
  /** The kind of loader this needs. */
  dlType?: TfmdDLClass;
  /** Loader settings this needs, such as `beforeBatch`. */
  dlsKwargs?: DataLoadersOptions;
}

/** One kind of input or target. Source: DBL-2. */
export class TransformBlock {
  readonly typeTfms: readonly TransformLike[];
  readonly itemTfms: readonly TransformLike[];
  readonly batchTfms: readonly TransformLike[];
  readonly dlType: TfmdDLClass | undefined;
  readonly dlsKwargs: DataLoadersOptions;

  constructor(options: TransformBlockOptions = {}) {
    this.typeTfms = transformList(options.typeTfms);
    this.itemTfms = [ToTensor, ...transformList(options.itemTfms)];
    this.batchTfms = transformList(options.batchTfms);
    this.dlType = options.dlType;
    this.dlsKwargs = options.dlsKwargs ?? {};
  }
}

/** A block, or a function that makes one with its defaults. */
export type BlockLike = TransformBlock | (() => TransformBlock);

/** One category an item. Source: DBL-11. */
export function CategoryBlock(options: CategorizeOptions = {}): TransformBlock {
  return new TransformBlock({ typeTfms: new Categorize(options) });
}

/** Settings of MultiCategoryBlock. */
export interface MultiCategoryBlockOptions extends MultiCategorizeOptions {
  /** Whether the targets are one-hot vectors already; needs `vocab`. Default false. */
  encoded?: boolean;
}

/** Several categories an item. Source: DBL-11. */
export function MultiCategoryBlock(options: MultiCategoryBlockOptions = {}): TransformBlock {
  const { encoded = false, ...rest } = options;
  if (!encoded) return new TransformBlock({ typeTfms: [new MultiCategorize(rest), new OneHotEncode()] });
  if (!rest.vocab)
    throw new TypeError("MultiCategoryBlock: encoded targets need a vocab. Give { encoded: true, vocab }.");
  return new TransformBlock({ typeTfms: new EncodedMultiCategorize(rest.vocab as Iterable<Label>) });
}

/** Numbers as targets; `nOut` is how many, by default those of the first item. Source: DBL-11. */
export function RegressionBlock(options: { nOut?: number } = {}): TransformBlock {
  return new TransformBlock({ typeTfms: new RegressionSetup(options.nOut === undefined ? {} : { c: options.nOut }) });
}
