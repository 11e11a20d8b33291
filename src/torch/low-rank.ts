/**
 * Approximate decompositions of large matrices by random projections.
 * Source: Halko, Martinsson, Tropp, "Finding structure with randomness" (2009), algorithms 4.4 and 5.1; Python's
 * `torch.svd_lowrank` and `torch.pca_lowrank`.
 */
import { checkTensor, describeValue } from "./checks.js";
import { randn } from "./creation.js";
import { checkOptions, ShapeError, ValueError } from "./errors.js";
import { qr, svd } from "./generated/linalg.js";
import { scope } from "./scope.js";
import type { Tensor } from "./tensor.js";

/** Options of {@link svdLowrank}. */
export interface LowRankOptions {
  /** Singular values to find, slightly more than the matrix's rank. Default 6, or the smaller size. */
  q?: number;
  /** Power iterations: more for matrices whose singular values fall slowly. Default 2. */
  niter?: number;
}

/** Options of {@link pcaLowrank}. */
export interface PcaOptions extends LowRankOptions {
  /** Whether each column's mean is taken off. Default true. */
  center?: boolean;
}

/** `U` [..., m, q], `S` [..., q] falling, `V` [..., n, q] with `A ≈ U diag(S) Vᴴ`. */
export interface LowRankResult {
  U: Tensor;
  S: Tensor;
  V: Tensor;
}

function checkSettings(where: string, matrix: Tensor, options: LowRankOptions): Required<LowRankOptions> {
  checkTensor(where, matrix);
  if (matrix.ndim < 2) throw new ShapeError(`${where}: expected a matrix [..., m, n], got [${matrix.shape}].`);
  const smaller = Math.min(matrix.size(-2), matrix.size(-1));
  const { q = Math.min(6, smaller), niter = 2 } = options;
  if (!(Number.isInteger(q) && q >= 0 && q <= smaller)) {
    throw new ValueError(`${where}: expected q from 0 to ${smaller}, the smaller size, got ${describeValue(q)}.`);
  }
  if (!(Number.isInteger(niter) && niter >= 0)) {
    throw new ValueError(`${where}: expected niter to be a whole number from 0, got ${describeValue(niter)}.`);
  }
  return { q, niter };
}

/** A basis [..., m, q] of nearly all that the columns of a matrix span. */
function rangeOf(matrix: Tensor, { q, niter }: Required<LowRankOptions>): Tensor {
  const { dtype, device } = matrix;
  const basis = (columns: Tensor) => qr(columns)[0] as Tensor;
  let found = basis(matrix.matmul(randn([matrix.size(-1), q], { dtype, device })));
  for (let i = 0; i < niter; i++) found = basis(matrix.matmul(basis(matrix.mH.matmul(found))));
  return found;
}

/**
 * The largest singular values of a matrix [..., m, n] and their vectors, approximately.
 * Throws a `ShapeError` for less than two dimensions, a `ValueError` for `q` beyond the smaller size.
 *
 * @example
 * const { U, S, V } = svdLowrank(randn([1000, 50]).matmul(randn([50, 800])), { q: 60 });
 */
export function svdLowrank(matrix: Tensor, options: LowRankOptions = {}): LowRankResult {
  checkOptions("svdLowrank", options, ["q", "niter"]);
  const settings = checkSettings("svdLowrank", matrix, options);
  return scope(() => {
    const wide = matrix.size(-2) < matrix.size(-1);
    const tall = wide ? matrix.mH : matrix;
    const basis = rangeOf(tall, settings);
    const [u, S, vh] = svd(basis.mH.matmul(tall), false) as unknown as [Tensor, Tensor, Tensor]; // by the schema
    const [U, V] = [basis.matmul(u), vh.mH];
    return wide ? { U: V, S, V: U } : { U, S, V };
  });
}

/**
 * Principal components of data [..., m, n], a row a sample: the columns of `V` are the directions, `S² / (m - 1)` their
 * variances, approximately. Errors are those of {@link svdLowrank}.
 */
export function pcaLowrank(data: Tensor, options: PcaOptions = {}): LowRankResult {
  checkOptions("pcaLowrank", options, ["q", "niter", "center"]);
  const { center = true, ...rest } = options;
  checkSettings("pcaLowrank", data, rest);
  return scope(() => svdLowrank(center ? data.sub(data.mean({ dim: -2, keepdim: true })) : data, rest));
}
