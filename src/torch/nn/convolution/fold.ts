/** Sliding windows as columns, and back. */
import { checkOptions } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { type FoldOptions, fold, foldKeys, unfold } from "../functional/fold.js";
import { Module } from "../module.js";
import { pythonText } from "../python-text.js";
import type { Size } from "../sizes.js";

/** What both share. */
export abstract class WindowColumns extends Module<[Tensor], Tensor> {
  readonly dilation: Size;
  readonly padding: Size;
  readonly stride: Size;

  constructor(
    readonly kernelSize: Size,
    options: FoldOptions,
  ) {
    super();
    checkOptions(new.target.name, options, foldKeys);
    this.dilation = options.dilation ?? 1;
    this.padding = options.padding ?? 0;
    this.stride = options.stride ?? 1;
  }

  override extraRepr(): string {
    const { kernelSize, dilation, padding, stride } = this;
    return (
      `kernel_size=${pythonText(kernelSize)}, dilation=${pythonText(dilation)}, padding=${pythonText(padding)}, ` +
      `stride=${pythonText(stride)}`
    );
  }
}

/** The windows of an image as columns. Shapes: x [N, C, H, W] -> [N, C * window, number of windows]. */
export class Unfold extends WindowColumns {
  constructor(kernelSize: Size, options: FoldOptions = {}) {
    super(kernelSize, options);
  }

  forward(x: Tensor): Tensor {
    const { dilation, padding, stride } = this;
    return unfold(x, this.kernelSize, { dilation, padding, stride });
  }
}

/** Adds columns into an image. Shapes: x [N, C * window, number of windows] -> [N, C, ...outputSize]. */
export class Fold extends WindowColumns {
  constructor(
    readonly outputSize: Size,
    kernelSize: Size,
    options: FoldOptions = {},
  ) {
    super(kernelSize, options);
  }

  forward(x: Tensor): Tensor {
    const { dilation, padding, stride } = this;
    return fold(x, this.outputSize, this.kernelSize, { dilation, padding, stride });
  }

  override extraRepr(): string {
    return `output_size=${pythonText(this.outputSize)}, ${super.extraRepr()}`;
  }
}
