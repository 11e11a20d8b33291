/** Pooling with a sliding window. */
import { checkOptions } from "../../errors.js";
import { maxPool1dWithIndices, maxPool2dWithIndices, maxPool3dWithIndices } from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";
import { declareSingleOp } from "../callable.js";
import type { Concrete } from "../concrete.js";
import { Module } from "../module.js";
import { type PackedConstants, PreparedOp, packConstants } from "../prepared-op.js";
import { pythonText } from "../python-text.js";
import { type Size, sizes } from "../sizes.js";

/** Options of the max pools. */
export interface MaxPoolOptions {
  /** Step of the window. Default: its size. */
  stride?: Size;
  /** Border of negative infinities. Default 0. */
  padding?: Size;
  /** Distance between elements of the window. Default 1. */
  dilation?: Size;
  /** Whether a window may reach over the end. Default false. */
  ceilMode?: boolean;
  /** Whether to return `[values, indices]`. Default false. */
  returnIndices?: boolean;
}

function pool(op: PreparedOp, x: Tensor, constants: PackedConstants, count: number): Tensor {
  op.begin(count);
  op.tensor(x);
  op.constants(constants);
  return op.run(x);
}

/** What the max pools share. */
export abstract class MaxPool<Out = Tensor> extends Module<[Tensor], Out> {
  protected readonly window: { kernel: number[]; stride: number[]; padding: number[]; dilation: number[] };
  readonly kernelSize: Size;
  readonly stride: Size;
  readonly padding: Size;
  readonly dilation: Size;
  readonly ceilMode: boolean;
  readonly returnIndices: boolean;
  protected readonly constants: PackedConstants;

  constructor(ndim: number, kernelSize: Size, options: MaxPoolOptions) {
    super();
    const where = new.target.name;
    checkOptions(where, options, ["stride", "padding", "dilation", "ceilMode", "returnIndices"]);
    const { stride = kernelSize, padding = 0, dilation = 1, ceilMode = false, returnIndices = false } = options;
    this.window = {
      kernel: sizes(where, kernelSize, ndim),
      stride: sizes(where, stride, ndim),
      padding: sizes(where, padding, ndim),
      dilation: sizes(where, dilation, ndim),
    };
    const { kernel, stride: step, padding: border, dilation: distance } = this.window;
    this.constants = packConstants(kernel, step, border, distance, ceilMode);
    this.ceilMode = ceilMode;
    this.returnIndices = returnIndices;
    this.kernelSize = kernelSize;
    this.stride = stride;
    this.padding = padding;
    this.dilation = dilation;
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return (
      `kernel_size=${pythonText(kernelSize)}, stride=${pythonText(stride)}, padding=${pythonText(padding)}, ` +
      `dilation=${pythonText(dilation)}, ceil_mode=${pythonText(ceilMode)}`
    );
  }
}

type WithIndices = (
  x: Tensor,
  kernel: number[],
  stride: number[],
  padding: number[],
  dilation: number[],
  ceilMode: boolean,
) => readonly Tensor[];

/** The max pool class of a rank; `Out` is `[values, indices]` with `returnIndices`. */
type MaxPoolClass = new <Out = Tensor>(
  kernelSize: Size,
  options?: MaxPoolOptions,
) => Concrete<MaxPool<Out>, [Tensor], Out>;

function maxPool(ndim: number, withIndices: WithIndices): MaxPoolClass {
  const op = new PreparedOp(`max_pool${ndim}d`);
  class RankedMaxPool<Out> extends MaxPool<Out> {
    constructor(kernelSize: Size, options: MaxPoolOptions = {}) {
      super(ndim, kernelSize, options);
    }

    forward(x: Tensor): Out {
      if (!this.returnIndices) return pool(op, x, this.constants, 6) as Out; // Out is Tensor without indices
      const { kernel, stride, padding, dilation } = this.window;
      return withIndices(x, kernel, stride, padding, dilation, this.ceilMode) as Out; // Out is both with indices
    }
  }
  declareSingleOp(RankedMaxPool);
  return RankedMaxPool;
}

/** Largest element of each window. Shapes: x [N, C, L] -> [N, C, L']. */
export class MaxPool1d<Out = Tensor> extends maxPool(1, maxPool1dWithIndices)<Out> {}

/** Largest element of each window. Shapes: x [N, C, H, W] -> [N, C, H', W']. */
export class MaxPool2d<Out = Tensor> extends maxPool(2, maxPool2dWithIndices)<Out> {}

/** Largest element of each window. Shapes: x [N, C, D, H, W] -> [N, C, D', H', W']. */
export class MaxPool3d<Out = Tensor> extends maxPool(3, maxPool3dWithIndices)<Out> {}

/** Options of the average pools. */
export interface AvgPoolOptions {
  /** Step of the window. Default: its size. */
  stride?: Size;
  /** Border of zeros. Default 0. */
  padding?: Size;
  /** Whether a window may reach over the end. Default false. */
  ceilMode?: boolean;
  /** Whether the border counts in the average. Default true. */
  countIncludePad?: boolean;
  /** Divides by this instead of the window's size (not in one dimension). Default null. */
  divisorOverride?: number | null;
}

/** What the average pools share. */
export abstract class AvgPool extends Module<[Tensor], Tensor> {
  protected readonly window: { kernel: number[]; stride: number[]; padding: number[] };
  readonly kernelSize: Size;
  readonly stride: Size;
  readonly padding: Size;
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
  readonly divisorOverride: number | null;
  protected readonly constants: PackedConstants;

  constructor(ndim: number, kernelSize: Size, options: AvgPoolOptions) {
    super();
    const where = new.target.name;
    checkOptions(where, options, ["stride", "padding", "ceilMode", "countIncludePad", "divisorOverride"]);
    const { stride = kernelSize, padding = 0 } = options;
    this.window = {
      kernel: sizes(where, kernelSize, ndim),
      stride: sizes(where, stride, ndim),
      padding: sizes(where, padding, ndim),
    };
    this.ceilMode = options.ceilMode ?? false;
    this.countIncludePad = options.countIncludePad ?? true;
    this.divisorOverride = options.divisorOverride ?? null;
    const { kernel, stride: step, padding: border } = this.window;
    const divisor = ndim === 1 ? [] : [this.divisorOverride];
    this.constants = packConstants(kernel, step, border, this.ceilMode, this.countIncludePad, ...divisor);
    this.kernelSize = ndim === 1 ? kernel : kernelSize; // PyTorch shows one dimension as a tuple of one
    this.stride = ndim === 1 ? step : stride;
    this.padding = ndim === 1 ? border : padding;
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return `kernel_size=${pythonText(kernelSize)}, stride=${pythonText(stride)}, padding=${pythonText(padding)}`;
  }
}

function avgPool(ndim: number): new (kernelSize: Size, options?: AvgPoolOptions) => Concrete<AvgPool> {
  const op = new PreparedOp(`avg_pool${ndim}d`);
  class RankedAvgPool extends AvgPool {
    constructor(kernelSize: Size, options: AvgPoolOptions = {}) {
      super(ndim, kernelSize, options);
    }

    forward(x: Tensor): Tensor {
      return pool(op, x, this.constants, ndim === 1 ? 6 : 7); // one dimension has no divisorOverride
    }
  }
  declareSingleOp(RankedAvgPool);
  return RankedAvgPool;
}

/** Mean of each window. Shapes: x [N, C, L] -> [N, C, L']. */
export class AvgPool1d extends avgPool(1) {}

/** Mean of each window. Shapes: x [N, C, H, W] -> [N, C, H', W']. */
export class AvgPool2d extends avgPool(2) {}

/** Mean of each window. Shapes: x [N, C, D, H, W] -> [N, C, D', H', W']. */
export class AvgPool3d extends avgPool(3) {}
