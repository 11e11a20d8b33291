import { checkOptions, nn, noGrad, type Tensor } from "../torch/index.js";
import { ConvLayer } from "./conv-layer.js";
import type { InitFunc } from "./init.js";
import type { ActCls, Layer } from "./layer.js";
import { NormType } from "./norm.js";

/**
 * A weight for a convolution before pixel shuffle under which each group of `scale²` output channels has one kernel, so that the
 * upsampled image starts without a checkerboard. Returns a new tensor like `x`.
 *
 * Shapes: x [nf * scale², ni, kh, kw] -> the same. Source: LAY-13, Aitken et al. 2017.
 */
export function icnrInit(
  x: Tensor,
  { scale = 2, init = nn.init.kaimingNormal_ }: { scale?: number; init?: InitFunc } = {},
): Tensor {
  const [nf = 0, ni = 0, h = 0, w = 0] = x.shape;
  return noGrad(() => {
    const kernel = x.newZeros([Math.floor(nf / scale ** 2), ni, h, w]);
    init(kernel);
    return kernel.repeatInterleave(scale ** 2, 0);
  });
}

/** What {@link PixelShuffle_ICNR} may be told. */
export interface PixelShuffleICNROptions {
  /** Channels that come out. Default as many as go in. */
  nf?: number;
  /** Factor of height and width. Default 2. */
  scale?: number;
  /** Averages over 2x2 afterwards, against checkerboards. Default false. */
  blur?: boolean;
  /** Default "Weight". */
  normType?: NormType | null;
  /** Default `nn.ReLU`. */
  actCls?: ActCls | null;
}

/**
 * Upsamples by a 1x1 convolution and pixel shuffle, without a checkerboard at the start.
 *
 * Shapes: x [N, ni, H, W] -> [N, nf, H * scale, W * scale]. Source: LAY-14.
 */
export class PixelShuffle_ICNR extends nn.Sequential {
  constructor(ni: number, options: PixelShuffleICNROptions = {}) {
    checkOptions("PixelShuffle_ICNR", options, ["nf", "scale", "blur", "normType", "actCls"]);
    const { nf = ni, scale = 2, blur = false, normType = NormType.Weight, actCls = nn.ReLU } = options;
    const conv = new ConvLayer(ni, nf * scale ** 2, { ks: 1, normType, actCls, biasStd: 0 });
    smooth(conv, scale);
    const layers: Layer[] = [conv, new nn.PixelShuffle(scale)];
    if (blur) layers.push(new nn.ReplicationPad2d([1, 0, 1, 0]), new nn.AvgPool2d(2, { stride: 1 }));
    super(...layers);
  }
}

function smooth(layer: ConvLayer, scale: number): void {
  const named = new Map(layer.namedParameters());
  const v = named.get("0.weight_v");
  const g = named.get("0.weight_g");
  const weight = v ?? named.get("0.weight") ?? named.get("0.weight_orig");
  noGrad(() => {
    weight?.copy_(icnrInit(weight, { scale }));
    if (v) g?.copy_(v.pow(2).sum([1, 2, 3], { keepdim: true }).sqrt());
  });
}
