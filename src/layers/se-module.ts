import { nn } from "../torch/index.js";
import { ConvLayer } from "./conv-layer.js";
import type { ActCls } from "./layer.js";
import { ProdLayer, SequentialEx } from "./sequential-ex.js";

/** What {@link SEModule} may be told. */
export interface SEModuleOptions {
  /** Class of the inner activation. Default `nn.ReLU`. */
  actCls?: ActCls;
}

/**
 * Squeeze and excitation: weighs each channel by a gate in 0..1 computed from all channels' means.
 * The hidden width is `ch / reduction`, rounded up to a multiple of 8.
 *
 * Shapes: x [N, ch, H, W] -> the same. Source: LAY-17, Hu et al. 2018.
 */
export class SEModule extends SequentialEx {
  constructor(ch: number, reduction: number, { actCls = nn.ReLU }: SEModuleOptions = {}) {
    const nf = Math.ceil(Math.floor(ch / reduction) / 8) * 8;
    super(
      new nn.AdaptiveAvgPool2d(1),
      new ConvLayer(ch, nf, { ks: 1, normType: null, actCls }),
      new ConvLayer(nf, ch, { ks: 1, normType: null, actCls: nn.Sigmoid }),
      new ProdLayer(),
    );
  }
}
