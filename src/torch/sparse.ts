/** What PyTorch keeps in `torch.sparse`; tensors are made by `sparseCooTensor` and its sisters, or by `toSparse()`. */
import { checkOptions } from "./errors.js";
import { logSoftmax as denseLogSoftmax } from "./generated/functions.js";
import { opFunction } from "./op-callable.js";
import type { Tensor } from "./tensor.js";

const sparseMm = opFunction("aten::_sparse_mm");
const sparseSum = opFunction("aten::_sparse_sum");
const sparseSoftmax = opFunction("aten::_sparse_softmax", "camel", "int");
const sparseLogSoftmax = opFunction("aten::_sparse_log_softmax", "camel", "int");
const sparseAddmm = opFunction("aten::_sparse_addmm");
const sampled = opFunction("aten::sparse_sampled_addmm");
const diagonals = opFunction("aten::_spdiags");

/** The factors of {@link addmm} and {@link sampledAddmm}. */
export interface AddmmOptions {
  /** Factor of the tensor that is added to. Default 1. */
  beta?: number;
  /** Factor of the product. Default 1. */
  alpha?: number;
}

const addmmKeys = ["beta", "alpha"];

/** The product of a sparse matrix and a matrix; its gradient is sparse where the matrix is. */
export function mm(a: Tensor, b: Tensor): Tensor {
  return sparseMm(a, b) as Tensor; // one tensor
}

/** Sum of a sparse tensor's values over all dimensions, or over some; the result is sparse unless none is left. */
export function sum(x: Tensor, dim?: number | readonly number[]): Tensor {
  return (dim === undefined ? sparseSum(x) : sparseSum(x, typeof dim === "number" ? [dim] : dim)) as Tensor; // one tensor
}

/** Softmax along a dimension; what is not stored counts as minus infinity. */
export function softmax(x: Tensor, dim: number): Tensor {
  return sparseSoftmax(x, dim) as Tensor; // one tensor
}

/** Logarithm of {@link softmax}. */
export function logSoftmax(x: Tensor, dim: number): Tensor {
  return (x.layout === "strided" ? denseLogSoftmax(x, dim) : sparseLogSoftmax(x, dim)) as Tensor; // one tensor
}

/** beta x + alpha (a b), with a sparse. */
export function addmm(x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor {
  checkOptions("sparse.addmm", options, addmmKeys);
  return sparseAddmm(x, a, b, options) as Tensor; // one tensor
}

/** beta x + alpha (a b) at the places that the CSR matrix x stores. */
export function sampledAddmm(x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor {
  checkOptions("sparse.sampledAddmm", options, addmmKeys);
  return sampled(x, a, b, options) as Tensor; // one tensor
}

/** A sparse matrix of a shape with the rows of `diagonals` on the diagonals at `offsets`. */
export function spdiags(rows: Tensor, offsets: Tensor, shape: readonly number[]): Tensor {
  return diagonals(rows, offsets, shape) as Tensor; // one tensor
}
