/** Pooling to a given output size. */
import { OptionError } from "../../errors.js";
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
import { Module } from "../module.js";
import { pythonText } from "../python-text.js";

/** One size for all dimensions, or one for each; null keeps the size of the input. */
export type AdaptiveSize = number | null | readonly (number | null)[];

/** What the adaptive pools share. */
abstract class AdaptivePool extends Module<[Tensor], Tensor> {
  readonly #sizes: readonly (number | null)[];
  /** The output size when it does not depend on the input, else null. */
  readonly #fixed: number[] | null;

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
    this.#sizes = list;
    this.#fixed = list.includes(null) ? null : (list as number[]);
  }

  /** The output size for this input. */
  protected sizeFor(x: Tensor): number[] {
    if (this.#fixed) return this.#fixed;
    const shape = x.shape.slice(-this.#sizes.length);
    return this.#sizes.map((size, i) => size ?? shape[i] ?? 1);
  }

  override extraRepr(): string {
    return `output_size=${pythonText(this.outputSize)}`;
  }
}

/** Mean over windows that cover the input. Shapes: x [N, C, L] -> [N, C, outputSize]. */
export class AdaptiveAvgPool1d extends AdaptivePool {
  constructor(outputSize: AdaptiveSize) {
    super(1, outputSize);
  }

  forward(x: Tensor): Tensor {
    return adaptiveAvgPool1d(x, this.sizeFor(x));
  }
}

/** Mean over windows that cover the input. Shapes: x [N, C, H, W] -> [N, C, ...outputSize]. */
export class AdaptiveAvgPool2d extends AdaptivePool {
  constructor(outputSize: AdaptiveSize) {
    super(2, outputSize);
  }

  forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.sizeFor(x));
  }
}

/** Mean over windows that cover the input. Shapes: x [N, C, D, H, W] -> [N, C, ...outputSize]. */
export class AdaptiveAvgPool3d extends AdaptivePool {
  constructor(outputSize: AdaptiveSize) {
    super(3, outputSize);
  }

  forward(x: Tensor): Tensor {
    return adaptiveAvgPool3d(x, this.sizeFor(x));
  }
}

/** Maximum over windows that cover the input. Shapes: x [N, C, L] -> [N, C, outputSize]. */
export class AdaptiveMaxPool1d extends AdaptivePool {
  constructor(outputSize: AdaptiveSize) {
    super(1, outputSize);
  }

  forward(x: Tensor): Tensor {
    return adaptiveMaxPool1d(x, this.sizeFor(x))[0];
  }
}

/** Maximum over windows that cover the input. Shapes: x [N, C, H, W] -> [N, C, ...outputSize]. */
export class AdaptiveMaxPool2d extends AdaptivePool {
  constructor(outputSize: AdaptiveSize) {
    super(2, outputSize);
  }

  forward(x: Tensor): Tensor {
    return adaptiveMaxPool2d(x, this.sizeFor(x))[0];
  }
}

/** Maximum over windows that cover the input. Shapes: x [N, C, D, H, W] -> [N, C, ...outputSize]. */
export class AdaptiveMaxPool3d extends AdaptivePool {
  constructor(outputSize: AdaptiveSize) {
    super(3, outputSize);
  }

  forward(x: Tensor): Tensor {
    return adaptiveMaxPool3d(x, this.sizeFor(x))[0];
  }
}

declareSingleOp(AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d);
