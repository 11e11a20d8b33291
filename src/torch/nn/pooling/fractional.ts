/** Pooling with windows at random places. */
import type { Tensor } from "../../tensor.js";
import type { Concrete } from "../concrete.js";
import {
  type FractionalPoolOptions,
  fractionalMaxPool2d,
  fractionalMaxPool3d,
  fractionalPoolSize,
} from "../functional/pooling.js";
import { Module } from "../module.js";
import { type Buffer, buffer } from "../parameter.js";
import type { Size } from "../sizes.js";

/** What the fractional max pools share; `Out` is `[values, indices]` with `returnIndices`. */
export abstract class FractionalMaxPool<Out = Tensor> extends Module<[Tensor], Out> {
  readonly outputSize: Size | null;
  readonly outputRatio: Size | null;
  readonly returnIndices: boolean;
  /** Where the windows lie, if that was given; a buffer, as in PyTorch. */
  _random_samples: Buffer | null;

  constructor(
    ndim: number,
    readonly kernelSize: Size,
    options: FractionalPoolOptions,
  ) {
    super();
    fractionalPoolSize(new.target.name, ndim, null, options);
    this.outputSize = options.outputSize ?? null;
    this.outputRatio = options.outputRatio ?? null;
    this.returnIndices = options.returnIndices ?? false;
    this._random_samples = options.randomSamples ? buffer(options.randomSamples) : null;
  }

  /** The options given at construction. */
  protected get settings(): FractionalPoolOptions {
    const { outputSize, outputRatio, returnIndices, _random_samples: randomSamples } = this;
    return { outputSize, outputRatio, returnIndices, randomSamples };
  }
}

type FractionalMaxPoolClass = new <Out = Tensor>(
  kernelSize: Size,
  options: FractionalPoolOptions,
) => Concrete<FractionalMaxPool<Out>, [Tensor], Out>;

function fractionalMaxPool(ndim: number, fn: typeof fractionalMaxPool2d): FractionalMaxPoolClass {
  return class<Out> extends FractionalMaxPool<Out> {
    constructor(kernelSize: Size, options: FractionalPoolOptions) {
      super(ndim, kernelSize, options);
    }

    forward(x: Tensor): Out {
      return fn(x, this.kernelSize, this.settings) as Out; // see FractionalMaxPool
    }
  };
}

/** Largest element of windows at random places. Shapes: x [N, C, H, W] or [C, H, W]. Source: Graham 2014. */
export class FractionalMaxPool2d<Out = Tensor> extends fractionalMaxPool(2, fractionalMaxPool2d)<Out> {}

/** Largest element of windows at random places. Shapes: x [N, C, D, H, W] or [C, D, H, W]. Source: Graham 2014. */
export class FractionalMaxPool3d<Out = Tensor> extends fractionalMaxPool(3, fractionalMaxPool3d)<Out> {}
