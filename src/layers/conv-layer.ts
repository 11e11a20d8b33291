import { checkOptions, nn } from "../torch/index.js";
import { type InitLinearOptions, initLinear } from "./init.js";
import type { ActCls, Layer, Ndim } from "./layer.js";
import { BatchNorm, InstanceNorm, NormType } from "./norm.js";
import { spectralNorm } from "./spectral-norm.js";
import { weightNorm } from "./weight-norm.js";

/** What {@link ConvLayer} may be told. */
export interface ConvLayerOptions extends InitLinearOptions {
  /** Kernel size. Default 3. */
  ks?: number;
  /** Default 1. */
  stride?: number;
  /** Default `(ks - 1) / 2` rounded down, so that stride 1 keeps the size; 0 when transposed. */
  padding?: number;
  /** Default: only without batch or instance norm. */
  bias?: boolean;
  /** Spatial dimensions. Default 2. */
  ndim?: Ndim;
  /** Default "Batch"; null for none. */
  normType?: NormType | null;
  /** Norm before the activation. Default true. */
  bn1st?: boolean;
  /** Class of the activation. Default `nn.ReLU`; null for none. */
  actCls?: ActCls | null;
  /** Default false. */
  transpose?: boolean;
  /** A layer appended last. Default none. */
  xtra?: Layer | null;
  /** Default 1. */
  groups?: number;
  /** Default 1. */
  dilation?: number;
  /** How the border is padded; convolutions that are not transposed only. Default "zeros". */
  paddingMode?: "zeros" | "reflect" | "replicate" | "circular";
  /** Added to one side of the output; transposed convolutions only. Default 0. */
  outputPadding?: number;
}

const known = [
  ...["init", "biasStd", "ks", "stride", "padding", "bias", "ndim", "normType", "bn1st", "actCls", "transpose", "xtra"],
  ...["groups", "dilation", "paddingMode", "outputPadding"],
];

const convs = { 1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d };
const transposedConvs = { 1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d };

/**
 * Convolution, norm, activation, in that order (`bn1st: false`: convolution, activation, norm).
 *
 * Shapes: x [N, ni, H, W] -> [N, nf, H', W'] (fewer or more spatial dimensions by `ndim`). Source: LAY-8.
 *
 * @example
 * new ConvLayer(3, 16, { stride: 2 }); // halves the size
 */
export class ConvLayer extends nn.Sequential {
  constructor(ni: number, nf: number, options: ConvLayerOptions = {}) {
    checkOptions("ConvLayer", options, known);
    const { ks = 3, stride = 1, ndim = 2, normType = NormType.Batch, bn1st = true, actCls = nn.ReLU } = options;
    const { transpose = false, init, biasStd, xtra = null, ...rest } = options;
    const batch = normType === NormType.Batch || normType === NormType.BatchZero;
    const instance = normType === NormType.Instance || normType === NormType.InstanceZero;
    const padding = rest.padding ?? (transpose ? 0 : Math.floor((ks - 1) / 2));
    const bias = rest.bias ?? !(batch || instance);
    const { groups, dilation, paddingMode, outputPadding } = rest;
    const shared = { stride, padding, bias, groups, dilation };
    const conv = transpose
      ? new transposedConvs[ndim](ni, nf, ks, { ...shared, outputPadding })
      : new convs[ndim](ni, nf, ks, { ...shared, paddingMode });
    const act = actCls ? new actCls() : null;
    initLinear(conv, act, { init, biasStd });
    const after: Layer[] = act ? [act] : [];
    if (batch) after.push(BatchNorm(nf, { normType, ndim }));
    if (instance) after.push(InstanceNorm(nf, { normType, ndim }));
    if (bn1st) after.reverse();
    if (xtra) after.push(xtra);
    super(wrapped(conv, normType), ...after);
  }
}

function wrapped<M extends Layer>(conv: M, normType: NormType | null): M {
  if (normType === NormType.Weight) return weightNorm(conv);
  return normType === NormType.Spectral ? spectralNorm(conv) : conv;
}
