import { nn, noGrad, type Tensor } from "../torch/index.js";
import type { Layer, Ndim } from "./layer.js";

/** The kinds of normalisation a layer may have; `Zero` ones start with weight 0. Source: LAY-4. */
export const NormType = {
  Batch: "Batch",
  BatchZero: "BatchZero",
  Weight: "Weight",
  Spectral: "Spectral",
  Instance: "Instance",
  InstanceZero: "InstanceZero",
} as const;

/** One of the names in {@link NormType}. */
export type NormType = (typeof NormType)[keyof typeof NormType];

/** A new norm's bias: not quite 0, so that a ReLU after it starts alive. Source: LAY-5. */
const BIAS = 1e-3;

const batchNorms = { 1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d };
const instanceNorms = { 1: nn.InstanceNorm1d, 2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d };

function setUp<M extends Layer & { weight: nn.Parameter | null; bias: nn.Parameter | null }>(
  norm: M,
  zero: boolean,
): M {
  noGrad(() => {
    norm.bias?.fill_(BIAS);
    norm.weight?.fill_(zero ? 0 : 1);
  });
  return norm;
}

/** What {@link BatchNorm} and {@link InstanceNorm} may be told. */
export interface NormOptions {
  /** Spatial dimensions. Default 2. */
  ndim?: Ndim;
  /** A `Zero` kind starts with weight 0. Default the plain kind. */
  normType?: NormType;
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Weight of the newest batch in the running statistics. Default 0.1. */
  momentum?: number;
  /** Whether there is a weight and a bias. Default true, also for instance norm. */
  affine?: boolean;
}

/** A batch normalisation over `nf` channels with bias 1e-3 and weight 1, or 0 for `BatchZero`. Source: LAY-5. */
export function BatchNorm(nf: number, options: NormOptions = {}): InstanceType<(typeof batchNorms)[Ndim]> {
  const { ndim = 2, normType = NormType.Batch, ...rest } = options;
  return setUp(new batchNorms[ndim](nf, rest), normType === NormType.BatchZero);
}

/** An instance normalisation over `nf` channels with bias 1e-3 and weight 1, or 0 for `InstanceZero`. Source: LAY-5. */
export function InstanceNorm(nf: number, options: NormOptions = {}): InstanceType<(typeof instanceNorms)[Ndim]> {
  const { ndim = 2, normType = NormType.Instance, affine = true, ...rest } = options;
  return setUp(new instanceNorms[ndim](nf, { affine, ...rest }), normType === NormType.InstanceZero);
}

/** `nn.BatchNorm1d` over the last dimension, whatever comes before it. Shapes: x [..., C] -> the same. Source: LAY-5. */
export class BatchNorm1dFlat extends nn.BatchNorm1d {
  override forward(x: Tensor): Tensor {
    if (x.ndim === 2) return super.forward(x);
    const flat = x.reshape([-1, x.size(-1)]); // [product of the rest, C]
    return super.forward(flat).view(x.shape);
  }
}
