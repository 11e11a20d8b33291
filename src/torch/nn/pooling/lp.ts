/** Pooling by a norm. */
import { checkOptions } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import type { Concrete } from "../concrete.js";
import { type LpPoolOptions, lpPool1d, lpPool2d, lpPool3d } from "../functional/pooling.js";
import { Module } from "../module.js";
import { pythonText } from "../python-text.js";
import type { Size } from "../sizes.js";

/** What the power-average pools share. */
export abstract class LPPool extends Module<[Tensor], Tensor> {
  readonly stride: Size | null;
  readonly ceilMode: boolean;

  constructor(
    readonly normType: number,
    readonly kernelSize: Size,
    options: LpPoolOptions = {},
  ) {
    super();
    checkOptions(new.target.name, options, ["stride", "ceilMode"]);
    this.stride = options.stride ?? null;
    this.ceilMode = options.ceilMode ?? false;
  }

  override extraRepr(): string {
    const { normType, kernelSize, stride, ceilMode } = this;
    return (
      `norm_type=${pythonText(normType)}, kernel_size=${pythonText(kernelSize)}, stride=${pythonText(stride)}, ` +
      `ceil_mode=${pythonText(ceilMode)}`
    );
  }
}

function lpPool(
  fn: typeof lpPool2d,
): new (
  normType: number,
  kernelSize: Size,
  options?: LpPoolOptions,
) => Concrete<LPPool> {
  return class extends LPPool {
    forward(x: Tensor): Tensor {
      return fn(x, this.normType, this.kernelSize, { stride: this.stride, ceilMode: this.ceilMode });
    }
  };
}

/** (sum of x^normType)^(1/normType) of each window. Shapes: x [N, C, L] -> [N, C, L']. */
export class LPPool1d extends lpPool(lpPool1d) {}

/** (sum of x^normType)^(1/normType) of each window. Shapes: x [N, C, H, W] -> [N, C, H', W']. */
export class LPPool2d extends lpPool(lpPool2d) {}

/** (sum of x^normType)^(1/normType) of each window. Shapes: x [N, C, D, H, W] -> [N, C, D', H', W']. */
export class LPPool3d extends lpPool(lpPool3d) {}
