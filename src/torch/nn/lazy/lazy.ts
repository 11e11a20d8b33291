/** Layers that learn the size of their input from the first one. */

import { noGrad } from "../../autograd.js";
import { checkTensor } from "../../checks.js";
import { isFloatingPoint } from "../../dtype.js";
import { getRngState, setRngState } from "../../random.js";
import { scope } from "../../scope.js";
import type { Tensor } from "../../tensor.js";
import { Conv1d, Conv2d, Conv3d } from "../convolution/conv.js";
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from "../convolution/conv-transpose.js";
import { Linear } from "../linear.js";
import type { Module } from "../module.js";
import {
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
} from "../normalization/batch-norm.js";
import { Parameter } from "../parameter.js";
import { isUninitialized, UninitializedBuffer, UninitializedParameter } from "./uninitialized.js";

/** A layer as this file sees it: made with any arguments, called with a tensor first. */
type AnyLayer = new (...args: unknown[]) => Module<[x: Tensor, ...unknown[]], Tensor>;

const again = Symbol("how to make the layer once the size is known");

/**
 * The lazy form of a layer: constructed without its first argument, the size of the input's channels, which the first call
 * reads off dimension `dim`. From then on it is an instance of the layer itself. Its parameters are
 * `UninitializedParameter`s before, which become ordinary ones in place, or when a state is loaded.
 */
function lazy<Args extends unknown[], Layer>(
  cls: new (channels: number, ...args: Args) => Layer,
  field: string,
  dim: number,
  defaults: object = {},
): new (
  ...args: Args
) => Layer {
  const base = cls as unknown as AnyLayer; // it is called with what the caller gives
  class LazyLayer extends base {
    [again]: (channels: number) => Module<[x: Tensor, ...unknown[]], Tensor>;

    constructor(...given: unknown[]) {
      const args = Object.keys(defaults).length > 0 ? [{ ...defaults, ...(given[0] ?? {}) }] : given; // norms take options alone
      const state = getRngState(); // what the layer draws for no channels does not count
      super(0, ...args);
      setRngState(state);
      state.dispose();
      this[again] = (channels) => new base(channels, ...args);
      for (const [key, value] of [...this.namedParameters(), ...this.namedBuffers()]) {
        if (!isFloatingPoint(value.dtype)) continue;
        const made = value instanceof Parameter ? UninitializedParameter : UninitializedBuffer;
        Reflect.set(this, key, new made({ device: value.device, dtype: value.dtype }));
      }
    }

    override forward(x: Tensor, ...others: unknown[]): Tensor {
      checkTensor(`${this.constructor.name}.forward`, x);
      initialize(this, this[again], field, x.shape.at(dim) ?? 0);
      Reflect.deleteProperty(this, again);
      Object.setPrototypeOf(this, base.prototype);
      return this.forward(x, ...others); // now the layer's own
    }
  }
  return LazyLayer as unknown as new (
    ...args: Args
  ) => Layer; // constructed as the layer, without the first argument
}

/** Gives the tensors that wait for their shape those of a layer made for so many channels. */
function initialize(layer: Module, make: (channels: number) => object, field: string, channels: number): void {
  scope(() =>
    noGrad(() => {
      const waiting = [...layer.namedParameters(), ...layer.namedBuffers()].filter(([, value]) =>
        isUninitialized(value),
      );
      const made = waiting.length > 0 ? make(channels) : null;
      for (const [key, value] of waiting) {
        if (made && isUninitialized(value))
          value.materialize((Reflect.get(made, key) as Tensor).to(value.device).to(value.dtype)); // the same class has the same fields
      }
    }),
  );
  Reflect.set(layer, field, channels);
}

/** `Linear` whose number of inputs comes from the first call. */
export class LazyLinear extends lazy(Linear, "inFeatures", -1) {}

/** `Conv1d` whose number of input channels comes from the first call. */
export class LazyConv1d extends lazy(Conv1d, "inChannels", -2) {}
/** `Conv2d` whose number of input channels comes from the first call. */
export class LazyConv2d extends lazy(Conv2d, "inChannels", -3) {}
/** `Conv3d` whose number of input channels comes from the first call. */
export class LazyConv3d extends lazy(Conv3d, "inChannels", -4) {}

/** `ConvTranspose1d` whose number of input channels comes from the first call. */
export class LazyConvTranspose1d extends lazy(ConvTranspose1d, "inChannels", -2) {}
/** `ConvTranspose2d` whose number of input channels comes from the first call. */
export class LazyConvTranspose2d extends lazy(ConvTranspose2d, "inChannels", -3) {}
/** `ConvTranspose3d` whose number of input channels comes from the first call. */
export class LazyConvTranspose3d extends lazy(ConvTranspose3d, "inChannels", -4) {}

/** `BatchNorm1d` whose number of channels comes from the first call. */
export class LazyBatchNorm1d extends lazy(BatchNorm1d, "numFeatures", 1) {}
/** `BatchNorm2d` whose number of channels comes from the first call. */
export class LazyBatchNorm2d extends lazy(BatchNorm2d, "numFeatures", 1) {}
/** `BatchNorm3d` whose number of channels comes from the first call. */
export class LazyBatchNorm3d extends lazy(BatchNorm3d, "numFeatures", 1) {}

// What PyTorch turns on in the lazy forms of instance norm, though not in instance norm itself.
const running = { affine: true, trackRunningStats: true };

/** `InstanceNorm1d` whose number of channels comes from the first call. */
export class LazyInstanceNorm1d extends lazy(InstanceNorm1d, "numFeatures", -2, running) {}
/** `InstanceNorm2d` whose number of channels comes from the first call. */
export class LazyInstanceNorm2d extends lazy(InstanceNorm2d, "numFeatures", -3, running) {}
/** `InstanceNorm3d` whose number of channels comes from the first call. */
export class LazyInstanceNorm3d extends lazy(InstanceNorm3d, "numFeatures", -4, running) {}
