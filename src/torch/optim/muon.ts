/** Muon: momentum made orthogonal, for the matrices inside a network. */
import { noGrad } from "../autograd.js";
import { ShapeError } from "../errors.js";
import { addmm } from "../generated/functions.js";
import type { Tensor } from "../tensor.js";
import { BucketOptimizer } from "./bucket-optimizer.js";
import { checkChoice, notNegative } from "./hyper-ranges.js";
import type { OptimizerSpec, ParamGroup, Params } from "./optimizer.js";
import type { BucketState, BucketStep } from "./param-buckets.js";
import type { TensorList } from "./tensor-list.js";

/** Hyper-parameters of `Muon`. */
export interface MuonHypers {
  /** Learning rate. Default 1e-3. */
  lr: number;
  /** Decoupled decay: p is multiplied by 1 - lr * weightDecay. Default 0.1. */
  weightDecay: number;
  /** Decay of the average of gradients. Default 0.95. */
  momentum: number;
  /** Look ahead along the momentum. Default true. */
  nesterov: boolean;
  /** Coefficients of the iteration. Default [3.4445, -4.775, 2.0315]. */
  nsCoefficients: readonly [number, number, number];
  /** Smallest norm that is divided by. Default 1e-7. */
  eps: number;
  /** Iterations, below 100. Default 5. */
  nsSteps: number;
  /**
   * How the rate depends on the matrix [A, B]: `"original"` (null too) times sqrt(max(1, A / B)), `"match_rms_adamw"` times
   * 0.2 * sqrt(max(A, B)), so that rates found for AdamW serve. Default null.
   */
  adjustLrFn: "original" | "match_rms_adamw" | null;
}

const spec: OptimizerSpec<MuonHypers> = {
  defaults: {
    lr: 1e-3,
    weightDecay: 0.1,
    momentum: 0.95,
    nesterov: true,
    nsCoefficients: [3.4445, -4.775, 2.0315],
    eps: 1e-7,
    nsSteps: 5,
    adjustLrFn: null,
  },
  ranges: { lr: notNegative, weightDecay: notNegative, momentum: notNegative, nsSteps: [0, 100] },
  python: {},
};

/**
 * p = (1 - lr * weightDecay) * p - lr' * orthogonal(momentum). For matrices only: give biases, norms and embeddings to
 * AdamW. Throws `ShapeError` on other parameters. Formula and defaults are PyTorch's. Source: Jordan 2024.
 */
export class Muon extends BucketOptimizer<MuonHypers> {
  constructor(params: Params<MuonHypers>, options: Partial<MuonHypers> = {}) {
    super(params, options, spec);
  }

  protected override check({ adjustLrFn }: MuonHypers, params: readonly Tensor[]): void {
    checkChoice("Muon", "adjustLrFn", adjustLrFn, [null, "original", "match_rms_adamw"]);
    const other = params.find(({ ndim }) => ndim !== 2);
    if (other) throw new ShapeError(`Muon: expected matrices, got shape [${other.shape}]. Give it to AdamW.`);
  }

  protected override init(params: TensorList): BucketState {
    return { momentumBuffer: params.zerosLike() };
  }

  protected override update({ bucket, grads }: BucketStep, group: ParamGroup<MuonHypers>): void {
    const { params, state } = bucket;
    const { lr, weightDecay, momentum, nesterov } = group;
    const buffers = (state.momentumBuffer as TensorList).lerp_(grads, 1 - momentum); // what `init` made
    params.mul_(1 - lr * weightDecay);
    for (const [at, param] of params.entries()) {
      const buffer = buffers[at] as Tensor; // one for each parameter
      const direction = orthogonal(nesterov ? (grads[at] as Tensor).lerp(buffer, momentum) : buffer, group);
      param.add_(direction, { alpha: -lr * rateFactor(param.shape, group.adjustLrFn) });
    }
  }
}

/** A matrix with the singular vectors of `matrix` and singular values around 1, by Newton and Schulz's iteration in bfloat16. */
export function orthogonal(
  matrix: Tensor,
  { nsCoefficients: [a, b, c], nsSteps, eps }: Pick<MuonHypers, "nsCoefficients" | "nsSteps" | "eps"> = spec.defaults,
): Tensor {
  return noGrad(() => {
    const isTall = matrix.size(0) > matrix.size(1);
    const start = matrix.to("bfloat16");
    let x = isTall ? start.t() : start;
    x = x.div(x.norm().clampMin(eps)); // largest singular value at most 1
    for (let i = 0; i < nsSteps; i++) {
      const gram = x.matmul(x.t());
      x = addmm(x, addmm(gram, gram, gram, { beta: b, alpha: c }), x, { beta: a });
    }
    return isTall ? x.t() : x;
  });
}

function rateFactor([rows = 1, columns = 1]: readonly number[], adjustLrFn: MuonHypers["adjustLrFn"]): number {
  if (adjustLrFn === "match_rms_adamw") return 0.2 * Math.sqrt(Math.max(rows, columns));
  return Math.sqrt(Math.max(1, rows / columns));
}
