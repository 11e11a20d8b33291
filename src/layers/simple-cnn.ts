import { nn } from "../torch/index.js";
import { ConvLayer } from "./conv-layer.js";
import { NormType } from "./norm.js";
import { PoolFlatten } from "./pooling.js";

/** What {@link SimpleCNN} may be told. */
export interface SimpleCNNOptions {
  /** One kernel size for each convolution. Default 3 for all. */
  kernelSzs?: readonly number[];
  /** One stride for each convolution. Default 2 for all. */
  strides?: readonly number[];
  /** Batch norm in all but the last. Default true. */
  bn?: boolean;
}

/**
 * Convolutions from each width in `filters` to the next, then the mean of every channel.
 *
 * Shapes: x [N, filters[0], H, W] -> [N, last of filters]. Source: LAY-16.
 */
export class SimpleCNN extends nn.Sequential {
  constructor(filters: readonly number[], { kernelSzs = [], strides = [], bn = true }: SimpleCNNOptions = {}) {
    const convs = filters.slice(1).map((nf, i, rest) => {
      const normType = bn && i < rest.length - 1 ? NormType.Batch : null;
      return new ConvLayer(filters[i] ?? 0, nf, { ks: kernelSzs[i] ?? 3, stride: strides[i] ?? 2, normType });
    });
    super(...convs, new PoolFlatten());
  }
}
