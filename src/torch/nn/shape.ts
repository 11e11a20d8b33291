/** Layers that only rearrange elements. */
import { checkOptions } from "../errors.js";
import { channelShuffle, flatten, pixelShuffle, pixelUnshuffle, unflatten } from "../generated/functions.js";
import type { Tensor } from "../tensor.js";
import { declareSingleOp } from "./callable.js";
import { Module } from "./module.js";
import { pythonText } from "./python-text.js";

/** Options of `Flatten`. */
export interface FlattenOptions {
  /** First dimension that is merged. Default 1. */
  startDim?: number;
  /** Last dimension that is merged. Default -1. */
  endDim?: number;
}

/** Merges dimensions into one. Shapes: x [N, *] -> [N, product of *]. */
export class Flatten extends Module<[Tensor], Tensor> {
  readonly startDim: number;
  readonly endDim: number;

  constructor(options: FlattenOptions = {}) {
    super();
    checkOptions("Flatten", options, ["startDim", "endDim"]);
    this.startDim = options.startDim ?? 1;
    this.endDim = options.endDim ?? -1;
  }

  forward(x: Tensor): Tensor {
    return flatten(x, this.startDim, this.endDim);
  }

  override extraRepr(): string {
    return `start_dim=${this.startDim}, end_dim=${this.endDim}`;
  }
}

/** Splits a dimension into several. */
export class Unflatten extends Module<[Tensor], Tensor> {
  constructor(
    readonly dim: number,
    readonly unflattenedSize: number[],
  ) {
    super();
  }

  forward(x: Tensor): Tensor {
    return unflatten(x, this.dim, this.unflattenedSize);
  }

  override extraRepr(): string {
    return `dim=${this.dim}, unflattened_size=${pythonText(this.unflattenedSize)}`;
  }
}

/** Turns channels into pixels. Shapes: x [*, C r^2, H, W] -> [*, C, H r, W r]. Source: Shi et al. 2016. */
export class PixelShuffle extends Module<[Tensor], Tensor> {
  constructor(readonly upscaleFactor: number) {
    super();
  }

  forward(x: Tensor): Tensor {
    return pixelShuffle(x, this.upscaleFactor);
  }

  override extraRepr(): string {
    return `upscale_factor=${this.upscaleFactor}`;
  }
}

/** Turns pixels into channels. Shapes: x [*, C, H r, W r] -> [*, C r^2, H, W]. */
export class PixelUnshuffle extends Module<[Tensor], Tensor> {
  constructor(readonly downscaleFactor: number) {
    super();
  }

  forward(x: Tensor): Tensor {
    return pixelUnshuffle(x, this.downscaleFactor);
  }

  override extraRepr(): string {
    return `downscale_factor=${this.downscaleFactor}`;
  }
}

/** Interleaves the channels of groups. Shapes: x [N, C, *], kept. */
export class ChannelShuffle extends Module<[Tensor], Tensor> {
  constructor(readonly groups: number) {
    super();
  }

  forward(x: Tensor): Tensor {
    return channelShuffle(x, this.groups);
  }

  override extraRepr(): string {
    return `groups=${this.groups}`;
  }
}

declareSingleOp(Flatten, Unflatten, PixelShuffle, PixelUnshuffle, ChannelShuffle);
