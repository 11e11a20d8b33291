import { nn, noGrad, type Tensor, zeros } from "../torch/index.js";
import { ConvLayer } from "./conv-layer.js";
import type { Layer } from "./layer.js";
import { NormType } from "./norm.js";
import { type SpectralNormed, spectralNorm } from "./spectral-norm.js";

function conv1x1(ni: number, nf: number, ndim: 1 | 2): ConvLayer {
  return new ConvLayer(ni, nf, { ks: 1, ndim, normType: NormType.Spectral, actCls: null, bias: false });
}

/**
 * Attention of every position to every other, added to the input by a weight `gamma` that starts at 0.
 *
 * Shapes: x [N, nChannels, ...] -> the same. Source: LAY-10, Zhang et al. 2018.
 */
export class SelfAttention extends nn.Module<[Tensor], Tensor> {
  query: Layer;
  key: Layer;
  value: Layer;
  gamma: nn.Parameter;
  constructor(nChannels: number) {
    super();
    const inner = Math.floor(nChannels / 8);
    this.query = conv1x1(nChannels, inner, 1);
    this.key = conv1x1(nChannels, inner, 1);
    this.value = conv1x1(nChannels, nChannels, 1);
    this.gamma = new nn.Parameter(zeros([1]));
  }
  override forward(x: Tensor): Tensor {
    const flat = x.flatten(2); // [N, C, P]
    const scores = this.query(flat).transpose(1, 2).bmm(this.key(flat)); // [N, P, P]
    const mixed = this.value(flat).bmm(scores.softmax(1)); // [N, C, P]
    return this.gamma.mul(mixed).add(flat).view(x.shape).contiguous();
  }
}

/**
 * Self-attention on images whose keys and values are pooled to half the size first. Height and width must be even.
 *
 * Shapes: x [N, nChannels, H, W] -> the same. Source: LAY-11.
 */
export class PooledSelfAttention2d extends nn.Module<[Tensor], Tensor> {
  readonly nChannels: number;
  query: Layer;
  key: Layer;
  value: Layer;
  out: Layer;
  gamma: nn.Parameter;
  constructor(nChannels: number) {
    super();
    this.nChannels = nChannels;
    this.query = conv1x1(nChannels, Math.floor(nChannels / 8), 2);
    this.key = conv1x1(nChannels, Math.floor(nChannels / 8), 2);
    this.value = conv1x1(nChannels, Math.floor(nChannels / 2), 2);
    this.out = conv1x1(Math.floor(nChannels / 2), nChannels, 2);
    this.gamma = new nn.Parameter(zeros([1]));
  }
  override forward(x: Tensor): Tensor {
    const query = this.query(x).flatten(2); // [N, C/8, P]
    const key = this.key(x).maxPool2d([2, 2]).flatten(2); // [N, C/8, P/4]
    const value = this.value(x).maxPool2d([2, 2]).flatten(2); // [N, C/2, P/4]
    const weights = query.transpose(1, 2).bmm(key).softmax(-1); // [N, P, P/4]
    const mixed = value.bmm(weights.transpose(1, 2)); // [N, C/2, P]
    const image = mixed.view([x.size(0), -1, x.size(2), x.size(3)]); // [N, C/2, H, W]
    return this.gamma.mul(this.out(image)).add(x);
  }
}

/** What {@link SimpleSelfAttention} may be told. */
export interface SimpleSelfAttentionOptions {
  /** Kernel size of its convolution. Default 1. */
  ks?: number;
  /** Makes the convolution's weight symmetric before each use; kernel size 1 only. Default false. */
  sym?: boolean;
}

/**
 * Self-attention without softmax: `gamma * (x xᵀ) conv(x) + x`, where `gamma` starts at 0.
 *
 * Shapes: x [N, nIn, ...] -> the same. Source: LAY-12.
 */
export class SimpleSelfAttention extends nn.Module<[Tensor], Tensor> {
  readonly sym: boolean;
  conv: nn.Conv1d & SpectralNormed;
  gamma: nn.Parameter;
  constructor(nIn: number, { ks = 1, sym = false }: SimpleSelfAttentionOptions = {}) {
    super();
    this.sym = sym;
    const conv = new nn.Conv1d(nIn, nIn, ks, { padding: Math.floor(ks / 2), bias: false });
    nn.init.kaimingNormal_(conv.weight);
    this.conv = spectralNorm(conv);
    this.gamma = new nn.Parameter(zeros([1]));
  }
  override forward(x: Tensor): Tensor {
    if (this.sym) this.symmetrise();
    const flat = x.flatten(2); // [N, C, P]
    const gram = flat.bmm(flat.transpose(1, 2).contiguous()); // [N, C, C]
    return this.gamma
      .mul(gram.bmm(this.conv(flat)))
      .add(flat)
      .view(x.shape)
      .contiguous();
  }
  /** Python's version sets an attribute that spectral norm overwrites, to no effect; this sets the parameter. */
  private symmetrise(): void {
    const weight = this.conv.weight_orig;
    noGrad(() => weight.copy_(weight.add(weight.transpose(0, 1)).div(2)));
  }
}
