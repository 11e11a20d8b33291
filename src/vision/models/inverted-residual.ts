/** The block of mobile networks: wide inside, narrow outside. Source: Sandler et al. 2018. */
import type { Layer } from "../../layers/index.js";
import { nn, registerModule, type Tensor } from "../../torch/index.js";
import { type ConvNormActOptions, convNormAct, SqueezeExcitation, StochasticDepth } from "./conv-norm-act.js";

/** Layers in turn, added to what came in where shapes allow it. Keys `block.…`. */
export class InvertedResidual extends nn.Module<[Tensor], Tensor> {
  block: nn.Sequential;
  /** Null where nothing is added. */
  stochastic_depth: Layer | null;
  constructor(layers: readonly Layer[], adds: boolean, dropped = 0) {
    super();
    this.block = new nn.Sequential(...layers);
    this.stochastic_depth = adds ? new StochasticDepth(dropped) : null;
  }
  override forward(x: Tensor): Tensor {
    const result = this.block(x);
    return this.stochastic_depth ? this.stochastic_depth(result).add(x) : result;
  }
}
registerModule("vision.InvertedResidual", InvertedResidual);

/** What these models may be told. */
export interface MobileNetOptions {
  /** Outputs. Default 1000, ImageNet's classes. */
  nOut?: number;
  /** Dropout in the classifier. Default: the published one. */
  dropout?: number;
}

/** Settings of batch norms. */
export type Norm = ConvNormActOptions["norm"];

/** What one block looks like. */
export interface BlockShape {
  readonly ni: number;
  readonly wide: number;
  readonly nf: number;
  readonly ks: number;
  readonly stride: number;
  readonly act: NonNullable<ConvNormActOptions["act"]>;
  readonly norm?: Norm;
  /** Channels of the squeeze, and what its two activations are. */
  readonly se: readonly [squeezed: number, inner: Layer, outer: Layer] | null;
  /** One convolution of size `ks` instead of a 1x1 and a depthwise one. */
  readonly fused?: boolean;
}

/** The layers of a block: widen, mix each channel by itself, weigh the channels, narrow. */
export function blockLayers({ ni, wide, nf, ks, stride, act, norm, se, fused = false }: BlockShape): Layer[] {
  const last = (from: number) => convNormAct(from, nf, { act: null, norm });
  if (fused && wide === ni) return [convNormAct(ni, nf, { ks, stride, act, norm })];
  if (fused) return [convNormAct(ni, wide, { ks, stride, act, norm }), last(wide)];
  return [
    ...(wide === ni ? [] : [convNormAct(ni, wide, { act, norm })]),
    convNormAct(wide, wide, { ks, stride, groups: wide, act, norm }),
    ...(se ? [new SqueezeExcitation(wide, ...se)] : []),
    last(wide),
  ];
}
