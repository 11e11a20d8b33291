import type { BaseOptimizer, HyperValue } from "../optimizer/index.js";
import type { nn, Tensor } from "../torch/index.js";

/** One batch of a loader: inputs first, then targets, `[x, y]`. */
export type Batch = readonly unknown[];

/**
 * Anything that yields batches `[x, y]` and can be gone through once an epoch: a DataLoader, an array of batches, an object
 * with its own iterator. `length` is the number of batches; schedules need it, and count once where it is absent.
 */
export type Batches = (Iterable<Batch> | AsyncIterable<Batch>) & { readonly length?: number };

/** What a learner trains on: batches to train with and, if there are, batches to validate with. `DataLoaders` is one. */
export interface DataSource {
  readonly train: Batches;
  readonly valid?: Batches | undefined;
  /** All loaders by index, when there are more than two. */
  readonly loaders?: readonly Batches[];
  /** How many members of a batch are inputs; without it, all but the last. */
  readonly nInp?: number;
  /** Where the model is put for training; without it, it stays where it is. */
  readonly device?: string | null;
  /** The loss that fits the targets. */
  readonly lossFunc?: LossFunc | undefined;
  /** Where models are saved, unless the learner says otherwise. */
  readonly path?: string;
}

/** A model: a module from tensors to a tensor. */
export type Model = nn.Module<Tensor[], Tensor>;

/** What a loss may know besides its value. Source: LOS-1. */
export interface LossTraits {
  /** From the model's raw output to probabilities (or whatever the output means); identity when absent. */
  activation?(pred: Tensor): Tensor;
  /** From activated predictions to the prediction, or one for each target; identity when absent. */
  decodes?(pred: Tensor): Tensor | readonly Tensor[];
  /** "none" gives one loss per item. */
  reduction?: string;
}

/**
 * A loss: takes the prediction and the targets of a batch (a function for several targets has a rest parameter).
 * Functions with trailing options, such as `nn.functional.crossEntropy`, fit.
 */
export type LossFunc = ((pred: Tensor, targ: Tensor) => Tensor) & LossTraits;

/** Makes an optimizer over layer groups; `Adam`, `SGD` and the others are such functions. */
export type OptFunc = (params: nn.Parameter[] | nn.Parameter[][], hypers: { lr: HyperValue }) => BaseOptimizer;

/** Divides a model's parameters into layer groups. */
export type Splitter = (model: Model) => nn.Parameter[] | nn.Parameter[][];

/** Receives one row of the epoch table. */
export type Logger = (row: readonly unknown[]) => void;
