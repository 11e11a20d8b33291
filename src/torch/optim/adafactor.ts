/** Adafactor: second moments of matrices as the product of one row and one column. */
import type { DType } from "../dtype.js";
import { ValueError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { BucketOptimizer } from "./bucket-optimizer.js";
import { notNegative } from "./hyper-ranges.js";
import { l2Gradient } from "./l2-gradient.js";
import type { OptimizerSpec, ParamGroup, Params } from "./optimizer.js";
import type { BucketState, BucketStep } from "./param-buckets.js";
import type { TensorList } from "./tensor-list.js";

/** Hyper-parameters of `Adafactor`. */
export interface AdafactorHypers {
  /** Largest relative rate. Default 1e-2. */
  lr: number;
  /** The averages take in step^beta2Decay of each square. Default -0.8. */
  beta2Decay: number;
  /** Smallest second moment's root (null: the dtype's epsilon), and smallest scale of a parameter. Default [null, 1e-3]. */
  eps: readonly [number | null, number];
  /** Largest root mean square of an update. Default 1. */
  d: number;
  /** Decoupled decay: p is multiplied by 1 - lr * weightDecay. Default 0. */
  weightDecay: number;
  /** Go up the gradient. Default false. */
  maximize: boolean;
}

type State = { step: number; rowVar?: TensorList; colVar?: TensorList; variance?: TensorList };

const spec: OptimizerSpec<AdafactorHypers> = {
  defaults: { lr: 1e-2, beta2Decay: -0.8, eps: [null, 1e-3], d: 1, weightDecay: 0, maximize: false },
  ranges: { lr: notNegative, d: [1, Number.POSITIVE_INFINITY], weightDecay: notNegative },
  python: { foreach: null },
};

/** Distance from 1 to the next number. */
const epsilons: Partial<Record<DType, number>> = {
  float64: 2 ** -52,
  float32: 2 ** -23,
  float16: 2 ** -10,
  bfloat16: 2 ** -7,
};

/**
 * Steps relative to a parameter's own size, by second moments that are kept as rows and columns for matrices (and larger),
 * whole for vectors. Formula and defaults are PyTorch's. Source: Shazeer and Stern 2018.
 */
export class Adafactor extends BucketOptimizer<AdafactorHypers> {
  constructor(params: Params<AdafactorHypers>, options: Partial<AdafactorHypers> = {}) {
    super(params, options, spec);
  }

  protected override check({ beta2Decay, eps: [eps1, eps2] }: AdafactorHypers): void {
    if (beta2Decay > 0) throw new ValueError(`Adafactor: expected beta2Decay at most 0, got ${beta2Decay}.`);
    if ((eps1 ?? 0) < 0 || eps2 < 0)
      throw new ValueError(`Adafactor: expected eps of at least 0, got ${eps1}, ${eps2}.`);
  }

  protected override keyOf(param: Tensor): string {
    return param.ndim > 1 ? "factored" : "whole";
  }

  protected override stateShape(name: string, { shape }: Tensor): readonly number[] {
    if (name === "rowVar") return shape.with(-1, 1);
    return name === "colVar" ? shape.with(-2, 1) : shape;
  }

  protected override init(params: TensorList): BucketState {
    const [param] = params;
    if (!param) return { step: 0 };
    if (param.ndim < 2) return { step: 0, variance: params.zerosLike() };
    const first = (dim: number) => params.each((one) => one.detach().narrow(dim, 0, 1));
    return { step: 0, rowVar: first(-1).zerosLike(), colVar: first(-2).zerosLike() };
  }

  protected override update(step: BucketStep, group: ParamGroup<AdafactorHypers>): void {
    const { params } = step.bucket;
    const state = step.bucket.state as State; // what `init` made
    const { lr, beta2Decay, eps, d, weightDecay, maximize } = group;
    const eps1 = eps[0] ?? epsilons[params[0]?.dtype ?? "float32"] ?? 2 ** -23;
    const g = l2Gradient(step, { maximize });
    state.step += 1;
    const scales = rootMeanSquares(params).map((size) => Math.max(eps[1], size));
    if (weightDecay !== 0) params.mul_(1 - lr * weightDecay);
    const variance = secondMoment(state, g, state.step ** beta2Decay, eps1);
    const update = variance
      .clampMin_(eps1 ** 2)
      .rsqrt_()
      .mul_(g);
    const rate = Math.min(lr, 1 / Math.sqrt(state.step));
    const clips = rootMeanSquares(update).map((size) => Math.max(1, size / d));
    params.add_(update.mul_(scales.map((scale, at) => (-rate * scale) / (clips[at] as number))));
  }
}

/** Takes in the squares of `g` with `weight`, and gives the estimate for each element in tensors of its own. */
function secondMoment({ rowVar, colVar, variance }: State, g: TensorList, weight: number, eps1: number): TensorList {
  if (variance) {
    variance.lerp_(g.mul(g), weight);
    return variance.mul(1);
  }
  const rows = rowVar as TensorList; // matrices have both
  const columns = colVar as TensorList;
  rows.lerp_(meanSquares(g, -1), weight);
  columns.lerp_(meanSquares(g, -2), weight);
  const means = rows.each((row) => row.mean(-2, { keepdim: true })).clampMin_(eps1);
  return rows.each((row, at) => row.matmul(columns[at] as Tensor)).div_(means);
}

// By norms, which need no list of squares as large as the gradients.
function meanSquares(g: TensorList, dim: number): TensorList {
  return g.each((one) =>
    one
      .norm({ p: 2, dim: [dim], keepdim: true })
      .square_()
      .div_(one.size(dim)),
  );
}

// One read from the device for all of them.
function rootMeanSquares(list: TensorList): number[] {
  const norms = list.norms().toArray() as number[]; // one for each tensor
  return norms.map((norm, at) => norm / Math.sqrt((list[at] as Tensor).numel()));
}
