/** Ready-made parametrizations: weight norm, spectral norm, orthogonal matrices. */
import * as z from "zod";
import { noGrad } from "../../autograd.js";
import { eye, randn, zeros, zerosLike } from "../../creation.js";
import { checkOptions, OptionError, ShapeError, ValueError } from "../../errors.js";
import { cat, where } from "../../generated/functions.js";
import { opFunction } from "../../op-callable.js";
import { register } from "../../registry.js";
import { scope } from "../../scope.js";
import type { Tensor } from "../../tensor.js";
import { ConvTransposeNd } from "../convolution/conv-transpose.js";
import { normalize } from "../functional/normalization.js";
import { type AnyModule, Module } from "../module.js";
import { type Buffer, buffer } from "../parameter.js";
import { registerParametrization } from "./parametrize.js";
import { powerIteration, weightMatrix } from "./power-iteration.js";
import { randomDirection, type SpectralNormOptions } from "./spectral-norm.js";
import type { WeightNormOptions } from "./weight-norm.js";

const fusedWeightNorm = opFunction("aten::_weight_norm");
const normExceptDim = opFunction("aten::norm_except_dim");

class WeightNorm extends Module<Tensor[], Tensor> {
  constructor(readonly dim: number) {
    super();
  }

  forward(...[length, direction]: Tensor[]): Tensor {
    return fusedWeightNorm(direction, length, this.dim) as Tensor; // the schema returns one
  }

  rightInverse(weight: Tensor): Tensor[] {
    return [normExceptDim(weight, 2, this.dim) as Tensor, weight]; // the schema returns one
  }
}

/**
 * Splits a weight into length ("original0") and direction ("original1"). Returns the module.
 * Source: Salimans and Kingma 2016.
 */
export function weightNorm<M extends AnyModule>(module: M, options: WeightNormOptions = {}): M {
  checkOptions("parametrizations.weightNorm", options, ["name", "dim"]);
  const dim = options.dim === null ? -1 : (options.dim ?? 0);
  return registerParametrization(module, options.name ?? "weight", new WeightNorm(dim), { unsafe: true });
}

class SpectralNorm extends Module<Tensor[], Tensor> {
  _u: Buffer | null = null;
  _v: Buffer | null = null;

  constructor(
    readonly nPowerIterations: number,
    readonly dim: number,
    readonly eps: number,
  ) {
    super();
  }

  /** Starts the estimate for a weight; a vector needs none. */
  startAt(weight: Tensor): this {
    const { dim, eps } = this;
    if (weight.ndim < 2) return this;
    const matrix = weightMatrix(weight, dim);
    this._u = randomDirection(matrix.shape[0], weight, eps);
    this._v = randomDirection(matrix.shape[1], weight, eps);
    powerIteration(matrix.t(), this._v, this._u, 15, eps); // in PyTorch's order, the left vector first
    return this;
  }

  forward(...[weight]: [Tensor]): Tensor {
    const { _u: left, _v: right } = this;
    if (!left || !right) return normalize(weight, { dim: 0, eps: this.eps });
    const matrix = weightMatrix(weight, this.dim);
    if (this.training) powerIteration(matrix.t(), right, left, this.nPowerIterations, this.eps);
    // Copies, because the next call changes the vectors while this call's graph still needs them.
    return weight.div(left.clone().dot(matrix.mv(right.clone())));
  }

  rightInverse(weight: Tensor): Tensor {
    return weight;
  }
}

/**
 * Divides a weight by an estimate of its largest singular value, which improves while training. Returns the module.
 * Source: Miyato et al. 2018.
 */
export function spectralNorm<M extends AnyModule>(module: M, options: SpectralNormOptions = {}): M {
  const where = "parametrizations.spectralNorm";
  checkOptions(where, options, ["name", "nPowerIterations", "dim", "eps"]);
  const { name = "weight", nPowerIterations = 1, eps = 1e-12 } = options;
  const dim = options.dim ?? (module instanceof ConvTransposeNd ? 1 : 0);
  if (!(nPowerIterations >= 1)) {
    throw new ValueError(`${where}: expected at least one power iteration, got ${nPowerIterations}.`);
  }
  const weight = Reflect.get(module, name) as Tensor; // registerParametrization refuses anything else
  return scope(() => {
    const norm = noGrad(() => new SpectralNorm(nPowerIterations, dim, eps).startAt(weight.detach()));
    return registerParametrization(module, name, norm);
  });
}

/** How an orthogonal matrix is computed from a free one. */
export type OrthogonalMap = "matrix_exp" | "cayley" | "householder";

/** Options of `orthogonal`. */
export interface OrthogonalOptions {
  /** Which parameter. Default "weight". */
  name?: string;
  /** Default "matrix_exp" for square weights, "householder" for others. */
  orthogonalMap?: OrthogonalMap;
  /** Whether to keep the starting matrix as a base that is rotated, so that any value can be assigned. Default true. */
  useTrivialization?: boolean;
}

const geqrf = opFunction("aten::geqrf");
const householder = opFunction("aten::linalg_householder_product");
const matrixExp = opFunction("aten::linalg_matrix_exp");
const solve = opFunction("aten::linalg_solve");

/** The orthogonal factor of a matrix with at least as many rows as columns. */
function orthogonalFactor(matrix: Tensor): Tensor {
  const [reflections, tau] = geqrf(matrix) as [Tensor, Tensor]; // the schema returns two
  const q = householder(reflections, tau) as Tensor; // the schema returns one
  return q.mul(reflections.diagonal(0, -2, -1).sgn().unsqueeze(-2));
}

class Orthogonal extends Module<Tensor[], Tensor> {
  base: Buffer | null = null;

  constructor(
    readonly map: OrthogonalMap,
    readonly useTrivialization: boolean,
  ) {
    super();
  }

  forward(...[x]: [Tensor]): Tensor {
    const wide = (x.shape.at(-2) ?? 0) < (x.shape.at(-1) ?? 0);
    const tall = wide ? x.mT : x;
    const free = this.map === "householder" ? this.reflected(tall) : this.rotated(tall.tril());
    const q = this.base ? this.base.matmul(free) : free;
    return wide ? q.mT : q;
  }

  /** exp(A) or Cayley's map of a skew-symmetric A, cut to the columns of x. */
  private rotated(lower: Tensor): Tensor {
    const [n = 0, k = 0] = lower.shape.slice(-2);
    const square = n === k ? lower : lower.constantPadNd([0, n - k]);
    const skew = square.sub(square.adjoint());
    const one = eye(n, { dtype: skew.dtype, device: skew.device });
    const half = skew.mul(0.5);
    const q = this.map === "matrix_exp" ? matrixExp(skew) : solve(one.sub(half), one.add(half));
    return (q as Tensor).narrow(-1, 0, k); // the schemas return one
  }

  /** A product of Householder reflections, with signs from the diagonal. */
  private reflected(x: Tensor): Tensor {
    const lower = x.tril(-1);
    const tau = lower.mul(lower).sum(-2).add(1).reciprocal().mul(2);
    const q = householder(lower, tau) as Tensor; // the schema returns one
    return q.mul(x.diagonal(0, -2, -1).int().unsqueeze(-2));
  }

  rightInverse(wanted: Tensor): Tensor {
    const [n = 0, k = 0] = wanted.shape.slice(-2);
    const tall = n < k ? wanted.mT : wanted;
    const [rows = 0, columns = 0] = tall.shape.slice(-2);
    if (!this.useTrivialization) return this.reflections(tall, n < k);
    const more = [...tall.shape.slice(0, -1), rows - columns];
    const full = rows === columns ? tall : cat([tall, randn(more, { dtype: tall.dtype, device: tall.device })], -1);
    this.base = buffer(rows === columns && isOrthogonal(tall) ? tall.clone() : orthogonalFactor(full));
    const start = zerosLike(wanted);
    start.diagonal(0, -2, -1).fill_(-1); // which every map sends to the identity
    return start;
  }

  private reflections(tall: Tensor, wide: boolean): Tensor {
    if (this.map !== "householder") {
      throw new ValueError(
        `parametrizations.orthogonal: expected useTrivialization where a value is assigned with the map "${this.map}", ` +
          'got useTrivialization: false. Use the map "householder", or trivialization.',
      );
    }
    const [free, tau] = geqrf(tall) as [Tensor, Tensor]; // the schema returns two
    const diagonal = free.diagonal(0, -2, -1);
    diagonal.sign_();
    diagonal.copy_(where(tau.eq(0), diagonal.neg(), diagonal));
    return wide ? free.mT : free;
  }
}

function isOrthogonal(square: Tensor): boolean {
  const [n = 0] = square.shape.slice(-1);
  const one = eye(n, { dtype: square.dtype, device: square.device });
  const eps = 10 * n * (square.dtype === "float64" ? 2.220446049250313e-16 : 1.1920928955078125e-7);
  return (square.adjoint().matmul(square).sub(one).abs().max().item() as number) <= eps; // a float tensor
}

/** Keeps a matrix (or a batch of them) orthogonal: its rows or columns orthonormal. Returns the module. */
export function orthogonal<M extends AnyModule>(module: M, options: OrthogonalOptions = {}): M {
  const where = "parametrizations.orthogonal";
  checkOptions(where, options, ["name", "orthogonalMap", "useTrivialization"]);
  const { name = "weight", useTrivialization = true } = options;
  const weight = Reflect.get(module, name) as Tensor; // registerParametrization refuses anything else
  if (weight.ndim < 2) {
    throw new ShapeError(`${where}: expected a matrix or a batch of matrices, got [${weight.shape.join(", ")}].`);
  }
  const map = options.orthogonalMap ?? (weight.shape.at(-2) === weight.shape.at(-1) ? "matrix_exp" : "householder");
  if (!["matrix_exp", "cayley", "householder"].includes(map)) {
    throw new OptionError(`${where}: expected orthogonalMap matrix_exp | cayley | householder, got "${map}".`);
  }
  const step = new Orthogonal(map, useTrivialization);
  return scope(() => registerParametrization(module, name, step, { unsafe: true }));
}

register("nn.utils.parametrizations.WeightNorm", {
  cls: WeightNorm,
  config: z.object({ dim: z.int() }),
  toConfig: ({ dim }) => ({ dim }),
  fromConfig: ({ dim }) => new WeightNorm(dim),
});

const lengths = z.tuple([z.int(), z.int()]).nullable();

register("nn.utils.parametrizations.SpectralNorm", {
  cls: SpectralNorm,
  config: z.object({ nPowerIterations: z.int(), dim: z.int(), eps: z.number(), lengths }),
  toConfig: ({ nPowerIterations, dim, eps, _u, _v }: SpectralNorm) => ({
    nPowerIterations,
    dim,
    eps,
    lengths: _u && _v ? ([_u.numel(), _v.numel()] as [number, number]) : null,
  }),
  fromConfig({ nPowerIterations, dim, eps, lengths: given }) {
    const made = new SpectralNorm(nPowerIterations, dim, eps);
    if (given) [made._u, made._v] = given.map((length) => buffer(zeros([length]))) as [Buffer, Buffer]; // a state fills them
    return made;
  },
});

register("nn.utils.parametrizations.Orthogonal", {
  cls: Orthogonal,
  config: z.object({ map: z.enum(["matrix_exp", "cayley", "householder"]), useTrivialization: z.boolean() }),
  toConfig: ({ map, useTrivialization }: Orthogonal) => ({ map, useTrivialization }),
  fromConfig: ({ map, useTrivialization }) => new Orthogonal(map, useTrivialization),
});
