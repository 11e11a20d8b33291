/** Pooling to a given output size. */
import { checkOptions, OptionError } from "../../errors.js";
import {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
} from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";
import { declareSingleOp } from "../callable.js";
import type { Concrete } from "../concrete.js";
import { Module } from "../module.js";
import { pythonText } from "../python-text.js";

/** One size for all dimensions, or one for each; null keeps the size of the input. */
export type AdaptiveSize = number | null | readonly (number | null)[];

/** What the adaptive pools share. */
export abstract class AdaptivePool<Out> extends Module<[Tensor], Out> {
  private readonly sizes: readonly (number | null)[];
  /** The output size when it does not depend on the input, else null. */
  private readonly fixed: number[] | null;

  constructor(
    ndim: number,
    readonly outputSize: AdaptiveSize,
  ) {
    super();
    const list = Array.isArray(outputSize)
      ? outputSize
      : new Array<number | null>(ndim).fill(outputSize as number | null);
    if (list.length !== ndim) {
      throw new OptionError(`${new.target.name}: expected one size or ${ndim}, got ${pythonText(outputSize)}.`);
    }
    this.sizes = list;
    this.fixed = list.includes(null) ? null : (list as number[]);
  }

  /** The output size for this input. */
  protected sizeFor(x: Tensor): number[] {
    if (this.fixed) return this.fixed;
    const shape = x.shape.slice(-this.sizes.length);
    return this.sizes.map((size, i) => size ?? shape[i] ?? 1);
  }

  override extraRepr(): string {
    return `output_size=${pythonText(this.outputSize)}`;
  }
}

type Kernel = (x: Tensor, size: number[]) => unknown;

function adaptiveAvgPool(
  ndim: number,
  kernel: Kernel,
): new (
  outputSize: AdaptiveSize,
) => Concrete<AdaptivePool<Tensor>> {
  class AdaptiveAvgPool extends AdaptivePool<Tensor> {
    constructor(outputSize: AdaptiveSize) {
      super(ndim, outputSize);
    }

    forward(x: Tensor): Tensor {
      return kernel(x, this.sizeFor(x)) as Tensor; // the schema returns one
    }
  }
  declareSingleOp(AdaptiveAvgPool);
  return AdaptiveAvgPool;
}

/** Options of the adaptive max pools. */
export interface AdaptiveMaxPoolOptions {
  /** Whether to return `[values, indices]`. Default false. */
  returnIndices?: boolean;
}

/** What the adaptive max pools share; `Out` is `[values, indices]` with `returnIndices`. */
export abstract class AdaptiveMaxPool<Out = Tensor> extends AdaptivePool<Out> {
  readonly returnIndices: boolean;

  constructor(ndim: number, outputSize: AdaptiveSize, options: AdaptiveMaxPoolOptions) {
    super(ndim, outputSize);
    checkOptions(new.target.name, options, ["returnIndices"]);
    this.returnIndices = options.returnIndices ?? false;
  }
}

type AdaptiveMaxPoolClass = new <Out = Tensor>(
  outputSize: AdaptiveSize,
  options?: AdaptiveMaxPoolOptions,
) => Concrete<AdaptiveMaxPool<Out>, [Tensor], Out>;

function adaptiveMaxPool(ndim: number, kernel: Kernel): AdaptiveMaxPoolClass {
  return class<Out> extends AdaptiveMaxPool<Out> {
    constructor(outputSize: AdaptiveSize, options: AdaptiveMaxPoolOptions = {}) {
      super(ndim, outputSize, options);
    }

    forward(x: Tensor): Out {
      const [values, indices] = kernel(x, this.sizeFor(x)) as [Tensor, Tensor]; // the schema returns two
      return (this.returnIndices ? [values, indices] : values) as Out; // see AdaptiveMaxPool
    }
  };
}

/** Mean over windows that cover the input. Shapes: x [N, C, L] -> [N, C, outputSize]. */
export class AdaptiveAvgPool1d extends adaptiveAvgPool(1, adaptiveAvgPool1d) {}

/** Mean over windows that cover the input. Shapes: x [N, C, H, W] -> [N, C, ...outputSize]. */
export class AdaptiveAvgPool2d extends adaptiveAvgPool(2, adaptiveAvgPool2d) {}

/** Mean over windows that cover the input. Shapes: x [N, C, D, H, W] -> [N, C, ...outputSize]. */
export class AdaptiveAvgPool3d extends adaptiveAvgPool(3, adaptiveAvgPool3d) {}

/** Maximum over windows that cover the input. Shapes: x [N, C, L] -> [N, C, outputSize]. */
export class AdaptiveMaxPool1d<Out = Tensor> extends adaptiveMaxPool(1, adaptiveMaxPool1d)<Out> {}

/** Maximum over windows that cover the input. Shapes: x [N, C, H, W] -> [N, C, ...outputSize]. */
export class AdaptiveMaxPool2d<Out = Tensor> extends adaptiveMaxPool(2, adaptiveMaxPool2d)<Out> {}

/** Maximum over windows that cover the input. Shapes: x [N, C, D, H, W] -> [N, C, ...outputSize]. */
export class AdaptiveMaxPool3d<Out = Tensor> extends adaptiveMaxPool(3, adaptiveMaxPool3d)<Out> {}
