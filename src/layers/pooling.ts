import { cat, nn, type Tensor } from "../torch/index.js";
import type { Layer, Ndim } from "./layer.js";
import { Flatten } from "./wrappers.js";

/** Max and average pooling to a fixed length, concatenated. Shapes: [N, C, L] -> [N, 2C, size], max first. Source: LAY-3. */
export class AdaptiveConcatPool1d extends nn.Module<[Tensor], Tensor> {
  ap: Layer;
  mp: Layer;
  constructor(readonly size: number = 1) {
    super();
    this.ap = new nn.AdaptiveAvgPool1d(size);
    this.mp = new nn.AdaptiveMaxPool1d(size);
  }
  override forward(x: Tensor): Tensor {
    return cat([this.mp(x), this.ap(x)], 1);
  }
}

/** Max and average pooling to a fixed size, concatenated. Shapes: [N, C, H, W] -> [N, 2C, size, size], max first. Source: LAY-3. */
export class AdaptiveConcatPool2d extends nn.Module<[Tensor], Tensor> {
  ap: Layer;
  mp: Layer;
  constructor(readonly size: number | [number, number] = 1) {
    super();
    this.ap = new nn.AdaptiveAvgPool2d(size);
    this.mp = new nn.AdaptiveMaxPool2d(size);
  }
  override forward(x: Tensor): Tensor {
    return cat([this.mp(x), this.ap(x)], 1);
  }
}

/** Which pooling {@link PoolFlatten} does. Source: LAY-3. */
export type PoolType = "Avg" | "Max" | "Cat";

/** The adaptive pooling of a type, to `size`. Source: LAY-3, fastai `adaptive_pool`. */
export function adaptivePool(poolType: PoolType, size = 1): Layer {
  if (poolType === "Avg") return new nn.AdaptiveAvgPool2d(size);
  return poolType === "Max" ? new nn.AdaptiveMaxPool2d(size) : new AdaptiveConcatPool2d(size);
}

/** Pools each channel to one number and flattens. Shapes: [N, C, H, W] -> [N, C] (2C for "Cat"). Source: LAY-3. */
export class PoolFlatten extends nn.Sequential {
  constructor(poolType: PoolType = "Avg") {
    super(adaptivePool(poolType), new Flatten());
  }
}

/** What {@link MaxPool} and {@link AvgPool} may be told. */
export interface PoolOptions {
  /** Default the kernel size. */
  stride?: number;
  /** Default 0. */
  padding?: number;
  /** Spatial dimensions. Default 2. */
  ndim?: Ndim;
  /** Whether a last, incomplete window counts. Default false. */
  ceilMode?: boolean;
}

const maxPools = { 1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d };
const avgPools = { 1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d };
const adaptiveAvgPools = { 1: nn.AdaptiveAvgPool1d, 2: nn.AdaptiveAvgPool2d, 3: nn.AdaptiveAvgPool3d };

/** Max pooling of a kernel size (default 2). Unlike fastai's it heeds `ceilMode`, else ResBlock cannot use it. Source: LAY-3. */
export function MaxPool(ks = 2, { ndim = 2, ...options }: PoolOptions = {}): Layer {
  return new maxPools[ndim](ks, options);
}

/** Average pooling of a kernel size (default 2). Source: LAY-3. */
export function AvgPool(ks = 2, { ndim = 2, ...options }: PoolOptions = {}): Layer {
  return new avgPools[ndim](ks, options);
}

/** Average pooling to a fixed size (default 1). Source: LAY-3. */
export function AdaptiveAvgPool(size = 1, { ndim = 2 }: { ndim?: Ndim } = {}): Layer {
  return new adaptiveAvgPools[ndim](size);
}
