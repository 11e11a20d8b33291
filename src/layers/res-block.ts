import { checkOptions, nn, type Tensor } from "../torch/index.js";
import { ConvLayer, type ConvLayerOptions } from "./conv-layer.js";
import type { ActCls, Layer } from "./layer.js";
import { NormType } from "./norm.js";
import { AvgPool, type PoolOptions } from "./pooling.js";
import { SEModule } from "./se-module.js";
import { SimpleSelfAttention } from "./self-attention.js";

/** What {@link ResBlock} may be told; what it does not know itself goes to each {@link ConvLayer}. */
export interface ResBlockOptions extends Omit<ConvLayerOptions, "padding" | "transpose" | "xtra"> {
  /** Groups of the convolution of size `ks` that strides. Default 1. */
  groups?: number;
  /** Width divisor of a squeeze-and-excitation module at the end; 0 or null for none. Default none. */
  reduction?: number | null;
  /** Width after the first 1x1 convolution (expansion above 1). Default `nh2`. */
  nh1?: number;
  /** Width before the last convolution. Default `nf`. */
  nh2?: number;
  /** Makes the striding convolution depthwise. Default false. */
  dw?: boolean;
  /** Groups of the last convolution. Default 1. */
  g2?: number;
  /** Appends a {@link SimpleSelfAttention}. Default false. */
  sa?: boolean;
  /** That self-attention's `sym`. Default false. */
  sym?: boolean;
  /** Class of the activations. Default `nn.ReLU`. */
  actCls?: ActCls;
  /** Makes the pooling of the identity path. Default {@link AvgPool}. */
  pool?: (ks: number, options: PoolOptions) => Layer;
  /** Pooling before the identity path's 1x1 convolution. Default true. */
  poolFirst?: boolean;
}

const known = [
  ...[
    "stride",
    "groups",
    "reduction",
    "nh1",
    "nh2",
    "dw",
    "g2",
    "sa",
    "sym",
    "normType",
    "actCls",
    "ndim",
    "ks",
    "pool",
  ],
  ...["poolFirst", "bias", "bn1st", "init", "biasStd", "dilation", "paddingMode"],
];

const zeroed: Partial<Record<NormType, NormType>> = {
  [NormType.Batch]: NormType.BatchZero,
  [NormType.Instance]: NormType.InstanceZero,
};

/**
 * A residual block: `act(convpath(x) + idpath(x))`.
 *
 * Both widths are multiplied by `expansion`. Expansion 1 has two convolutions of size `ks`, a larger one has 1x1, `ks`, 1x1. The last
 * norm starts at weight 0, so that a new block passes its input on. Where the size changes, the identity path pools; where the width
 * changes, it has a 1x1 convolution.
 *
 * Shapes: x [N, ni * expansion, H, W] -> [N, nf * expansion, ceil(H / stride), ceil(W / stride)]. Source: LAY-18.
 */
export class ResBlock extends nn.Module<[Tensor], Tensor> {
  convpath: nn.Sequential;
  idpath: nn.Sequential;
  act: Layer;
  constructor(expansion: number, ni: number, nf: number, options: ResBlockOptions = {}) {
    checkOptions("ResBlock", options, known);
    super();
    const { stride = 1, actCls = nn.ReLU, ndim = 2, pool = AvgPool, poolFirst = true } = options;
    const [nIn, nOut] = [ni * expansion, nf * expansion];
    this.convpath = new nn.Sequential(...convPath(expansion, nIn, nf, options));
    const idpath: Layer[] = [];
    // As in fastai, this convolution keeps ConvLayer's own norm type.
    if (nIn !== nOut) idpath.push(new ConvLayer(nIn, nOut, { ...convOptions(options), ndim, ks: 1, actCls: null }));
    if (stride !== 1) idpath.splice(poolFirst ? 0 : idpath.length, 0, pool(stride, { ndim, ceilMode: true }));
    this.idpath = new nn.Sequential(...idpath);
    // Nobody else holds the sum, so ReLU may work in place.
    this.act = actCls === nn.ReLU ? new nn.ReLU({ inplace: true }) : new actCls();
  }
  override forward(x: Tensor): Tensor {
    return this.act(this.convpath(x).add(this.idpath(x)));
  }
}

function convOptions({ bias, bn1st, init, biasStd, dilation, paddingMode }: ResBlockOptions): ConvLayerOptions {
  return { bias, bn1st, init, biasStd, dilation, paddingMode };
}

function convPath(expansion: number, nIn: number, nf: number, options: ResBlockOptions): Layer[] {
  const { stride = 1, groups = 1, reduction, dw = false, g2 = 1, sa = false, sym = false, ks = 3, ndim = 2 } = options;
  const { nh2 = nf, nh1 = nh2, normType = NormType.Batch, actCls = nn.ReLU } = options;
  const nOut = nf * expansion;
  const inner = { ...convOptions(options), normType, actCls, ndim };
  const last = { ...inner, normType: normType && (zeroed[normType] ?? normType), actCls: null, groups: g2 };
  const path: Layer[] =
    expansion === 1
      ? [
          new ConvLayer(nIn, nh2, { ...inner, ks, stride, groups: dw ? nIn : groups }),
          new ConvLayer(nh2, nOut, { ...last, ks }),
        ]
      : [
          new ConvLayer(nIn, nh1, { ...inner, ks: 1 }),
          new ConvLayer(nh1, nh2, { ...inner, ks, stride, groups: dw ? nh1 : groups }),
          new ConvLayer(nh2, nOut, { ...last, ks: 1 }),
        ];
  if (reduction) path.push(new SEModule(nOut, reduction, { actCls }));
  if (sa) path.push(new SimpleSelfAttention(nOut, { ks: 1, sym }));
  return path;
}

/** Makes one block of a residual network, as `XResNet` needs it. */
export type BlockFactory = (expansion: number, ni: number, nf: number, options?: ResBlockOptions) => ResBlock;

/** A plain {@link ResBlock}. */
export const resBlock: BlockFactory = (expansion, ni, nf, options) => new ResBlock(expansion, ni, nf, options);

/** A {@link ResBlock} with squeeze and excitation (`reduction` 16). Source: LAY-19. */
export const SEBlock: BlockFactory = (expansion, ni, nf, options = {}) =>
  new ResBlock(expansion, ni, nf, { reduction: 16, ...options, nh1: nf * 2, nh2: nf * expansion });

/** A {@link ResBlock} in 32 groups, `baseWidth` wide for 64 channels, with squeeze and excitation (`reduction` 16). Source: LAY-19. */
export function SEResNeXtBlock(
  expansion: number,
  ni: number,
  nf: number,
  { baseWidth = 4, groups = 32, ...options }: ResBlockOptions & { baseWidth?: number } = {},
): ResBlock {
  const nh2 = Math.floor(nf * (baseWidth / 64)) * groups;
  return new ResBlock(expansion, ni, nf, { reduction: 16, ...options, groups, nh2 });
}

/** A depthwise {@link ResBlock} twice as wide inside, with squeeze and excitation (`reduction` 16). Source: LAY-19. */
export const SeparableBlock: BlockFactory = (expansion, ni, nf, options = {}) =>
  new ResBlock(expansion, ni, nf, { reduction: 16, ...options, nh2: nf * 2, dw: true });
