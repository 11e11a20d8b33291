/** Undoing max pooling. */
import { checkOptions } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import type { Concrete } from "../concrete.js";
import { maxUnpool1d, maxUnpool2d, maxUnpool3d, type UnpoolWindow } from "../functional/pooling.js";
import { Module } from "../module.js";
import { pythonText } from "../python-text.js";
import { type Size, sizes } from "../sizes.js";

/** Options of the unpooling layers. */
export type MaxUnpoolOptions = UnpoolWindow;

/** What the unpooling layers share: `unpool(values, indices, outputSize?)`. */
export abstract class MaxUnpool extends Module<[x: Tensor, indices: Tensor, outputSize?: readonly number[]], Tensor> {
  readonly kernelSize: number[];
  readonly stride: number[];
  readonly padding: number[];

  constructor(ndim: number, kernelSize: Size, options: MaxUnpoolOptions) {
    super();
    const where = new.target.name;
    checkOptions(where, options, ["stride", "padding"]);
    this.kernelSize = sizes(where, kernelSize, ndim);
    this.stride = sizes(where, options.stride ?? kernelSize, ndim);
    this.padding = sizes(where, options.padding ?? 0, ndim);
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return `kernel_size=${pythonText(kernelSize)}, stride=${pythonText(stride)}, padding=${pythonText(padding)}`;
  }
}

function unpool(
  ndim: number,
  fn: typeof maxUnpool2d,
): new (
  kernelSize: Size,
  options?: MaxUnpoolOptions,
) => Concrete<MaxUnpool, [x: Tensor, indices: Tensor, outputSize?: readonly number[]]> {
  return class extends MaxUnpool {
    constructor(kernelSize: Size, options: MaxUnpoolOptions = {}) {
      super(ndim, kernelSize, options);
    }

    forward(x: Tensor, indices: Tensor, outputSize?: readonly number[]): Tensor {
      const { kernelSize, stride, padding } = this;
      return fn(x, indices, kernelSize, { stride, padding, outputSize });
    }
  };
}

/** Puts the values of `MaxPool1d` back where they came from, zeros elsewhere. Shapes: x, indices [N, C, L]. */
export class MaxUnpool1d extends unpool(1, maxUnpool1d) {}

/** Puts the values of `MaxPool2d` back where they came from, zeros elsewhere. Shapes: x, indices [N, C, H, W]. */
export class MaxUnpool2d extends unpool(2, maxUnpool2d) {}

/** Puts the values of `MaxPool3d` back where they came from, zeros elsewhere. Shapes: x, indices [N, C, D, H, W]. */
export class MaxUnpool3d extends unpool(3, maxUnpool3d) {}
