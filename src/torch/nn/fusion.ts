/** Batch norms in evaluation merged into the layer before them. */
import { noGrad } from "../autograd.js";
import { zerosLike } from "../creation.js";
import { checkOptions, ValueError } from "../errors.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import type { ConvNd } from "./convolution/conv.js";
import { ConvTransposeNd } from "./convolution/conv-transpose.js";
import type { Linear } from "./linear.js";
import type { AnyModule } from "./module.js";
import type { BatchNorm } from "./normalization/batch-norm.js";
import { Parameter } from "./parameter.js";

/** What a batch norm does to a channel in evaluation. */
export interface NormStatistics {
  /** Running mean and variance [C]. */
  mean: Tensor;
  variance: Tensor;
  /** Added to the variance. */
  eps: number;
  /** Scale and shift [C]; null: 1 and 0. */
  weight?: Tensor | null;
  bias?: Tensor | null;
}

function fused(weight: Tensor, bias: Tensor | null, norm: NormStatistics, outputDim: number): [Parameter, Parameter] {
  return noGrad(() =>
    scope((): [Parameter, Parameter] => {
      const rate = norm.variance.add(norm.eps).rsqrt();
      const scale = norm.weight ? rate.mul(norm.weight) : rate;
      const shape = weight.shape.map((_, i) => (i === outputDim ? -1 : 1));
      const start = bias ?? zerosLike(norm.mean);
      const shifted = start.sub(norm.mean).mul(scale);
      const newWeight = weight.mul(scale.reshape(shape)).to(weight.dtype);
      const newBias = (norm.bias ? shifted.add(norm.bias) : shifted).to(weight.dtype);
      return [new Parameter(newWeight, weight), new Parameter(newBias, weight)];
    }),
  );
}

/** Weight and bias of a convolution [out, in, *kernel] (`transpose`: [in, out, *kernel]) followed by a batch norm. */
export function fuseConvBnWeights(
  weight: Tensor,
  bias: Tensor | null,
  norm: NormStatistics,
  { transpose = false }: { transpose?: boolean } = {},
): [Parameter, Parameter] {
  return fused(weight, bias, norm, transpose ? 1 : 0);
}

/** Weight and bias of a linear map [out, in] followed by a batch norm. */
export function fuseLinearBnWeights(weight: Tensor, bias: Tensor | null, norm: NormStatistics): [Parameter, Parameter] {
  return fused(weight, bias, norm, 0);
}

function statisticsOf(where: string, layer: AnyModule, norm: BatchNorm): NormStatistics {
  const { running_mean: mean, running_var: variance, eps, weight, bias } = norm;
  if (layer.training || norm.training || !mean || !variance) {
    throw new ValueError(
      `${where}: expected both modules in evaluation, the norm with running statistics. Call eval() on them first.`,
    );
  }
  return { mean, variance, eps, weight, bias };
}

type WithWeights = AnyModule & { weight: Parameter; bias: Parameter | null };

function fuse<M extends WithWeights>(where: string, layer: M, norm: BatchNorm, outputDim: number): M {
  const statistics = statisticsOf(where, layer, norm);
  const copy: M = layer.deepCopy();
  [copy.weight, copy.bias] = fused(layer.weight, layer.bias, statistics, outputDim);
  return copy;
}

/** A copy of a convolution that does what it and the batch norm after it do. Both must be in evaluation. */
export function fuseConvBnEval<Conv extends WithWeights & (ConvNd | ConvTransposeNd)>(
  conv: Conv,
  norm: BatchNorm,
  options: { transpose?: boolean } = {},
): Conv {
  checkOptions("fuseConvBnEval", options, ["transpose"]);
  const transpose = options.transpose ?? conv instanceof ConvTransposeNd;
  return fuse("fuseConvBnEval", conv, norm, transpose ? 1 : 0);
}

/** A copy of a linear map that does what it and the batch norm after it do. Both must be in evaluation. */
export function fuseLinearBnEval(linear: Linear, norm: BatchNorm): Linear {
  if (norm.numFeatures !== linear.outFeatures && norm.numFeatures !== 1) {
    throw new ValueError(
      `fuseLinearBnEval: expected a norm of ${linear.outFeatures} features, got one of ${norm.numFeatures}.`,
    );
  }
  return fuse("fuseLinearBnEval", linear, norm, 0);
}
