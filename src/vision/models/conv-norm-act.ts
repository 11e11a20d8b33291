/** The parts that mobile networks are made of. */
import type { Layer } from "../../layers/index.js";
import { nn, registerModule, type Tensor } from "../../torch/index.js";

/** The class of an activation that can work in place. */
export type InplaceAct = new (options?: { inplace?: boolean }) => Layer;

/** What {@link convNormAct} may be told. */
export interface ConvNormActOptions {
  ks?: number;
  stride?: number;
  groups?: number;
  /** Null for none. */
  act: InplaceAct | null;
  /** Settings of the batch norms. */
  norm?: { eps?: number; momentum?: number };
}

/** Convolution without bias, batch norm, activation. Keys 0, 1. */
export function convNormAct(ni: number, nf: number, options: ConvNormActOptions): nn.Sequential {
  const { ks = 1, stride = 1, groups = 1, act, norm = {} } = options;
  const conv = new nn.Conv2d(ni, nf, ks, { stride, padding: (ks - 1) / 2, groups, bias: false });
  return new nn.Sequential(conv, new nn.BatchNorm2d(nf, norm), ...(act ? [new act({ inplace: true })] : []));
}

/** The multiple of 8 nearest to a width, at least 8, and never more than a tenth below it. */
export function roundWidth(width: number): number {
  const near = Math.max(8, Math.floor((width + 4) / 8) * 8);
  return near < 0.9 * width ? near + 8 : near;
}

/** Weighs channels by what their means say. Shapes: x [N, ni, H, W] -> the same. Source: Hu et al. 2017. */
export class SqueezeExcitation extends nn.Module<[Tensor], Tensor> {
  avgpool: Layer;
  fc1: Layer;
  fc2: Layer;
  activation: Layer;
  scale_activation: Layer;
  constructor(ni: number, squeezed: number, activation: Layer, scaleActivation: Layer) {
    super();
    this.avgpool = new nn.AdaptiveAvgPool2d(1);
    this.fc1 = new nn.Conv2d(ni, squeezed, 1);
    this.fc2 = new nn.Conv2d(squeezed, ni, 1);
    this.activation = activation;
    this.scale_activation = scaleActivation;
  }
  override forward(x: Tensor): Tensor {
    return this.scale_activation(this.fc2(this.activation(this.fc1(this.avgpool(x))))).mul(x);
  }
}

/** In training, drops whole items of a branch with probability `p` and scales up the others. Source: Huang et al. 2016. */
export class StochasticDepth extends nn.Module<[Tensor], Tensor> {
  constructor(readonly p: number) {
    super();
  }
  override forward(x: Tensor): Tensor {
    if (!this.training || this.p === 0) return x;
    const kept = x.newEmpty([x.size(0), ...x.shape.slice(1).map(() => 1)]).bernoulli_(1 - this.p);
    return x.mul(kept.div_(1 - this.p));
  }
}

registerModule("vision.SqueezeExcitation", SqueezeExcitation);
registerModule("vision.StochasticDepth", StochasticDepth);
