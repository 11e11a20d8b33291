/** Making sparse tensors from indices and values. */
import { type TensorLike, type TensorOptions, tensor } from "./creation.js";
import type { Layout } from "./dtype.js";
import { checkOptions } from "./errors.js";
import { type OpFunction, opFunction } from "./op-callable.js";
import { Tensor } from "./tensor.js";

/** Options of the sparse factories. */
export interface SparseOptions extends TensorOptions {
  /** The sizes. Default: the smallest that hold all indices. */
  size?: readonly number[];
}

const keys = ["dtype", "device", "requiresGrad", "size"];
type Values = Tensor | TensorLike;
const asIndices = (values: Values): Tensor => (values instanceof Tensor ? values : tensor(values, { dtype: "int64" }));

/** An operator that makes a tensor, and the one that checks its parts: an index outside would be one outside of memory. */
interface Factory {
  readonly where: string;
  readonly make: OpFunction;
  readonly check: OpFunction;
  readonly layout: Layout;
}

function make(
  { where, make, check, layout }: Factory,
  indices: Tensor[],
  given: Values,
  options: SparseOptions,
): Tensor {
  checkOptions(where, options, keys);
  const { size, requiresGrad = false, ...rest } = options;
  const values = given instanceof Tensor ? given : tensor(given);
  const sizes = size === undefined ? [] : [size];
  const made = make(...indices, values, ...sizes, {
    dtype: values.dtype,
    device: values.device,
    layout,
    ...rest,
  }) as Tensor;
  check(...indices, values, made.shape, { ...(layout === "sparse_coo" ? {} : { layout }) });
  return requiresGrad ? made.requiresGrad_() : made;
}

const coo: Factory = {
  where: "sparseCooTensor",
  make: opFunction("aten::sparse_coo_tensor"),
  check: opFunction("aten::_validate_sparse_coo_tensor_args"),
  layout: "sparse_coo",
};

/**
 * A tensor that stores some places only: `values[i]` at the place `indices[:, i]`; the same place twice adds up.
 * Shapes: indices [dimensions, n] of integers, values [n, …].
 */
export function sparseCooTensor(indices: Values, values: Values, options: SparseOptions = {}): Tensor {
  return make(coo, [asIndices(indices)], values, options);
}

function compressedFactory(where: string, layout: Layout) {
  const factory: Factory = {
    where,
    make: opFunction("aten::sparse_compressed_tensor"),
    check: opFunction("aten::_validate_sparse_compressed_tensor_args"),
    layout,
  };
  return (compressedIndices: Values, plainIndices: Values, values: Values, options: SparseOptions = {}): Tensor =>
    make(factory, [asIndices(compressedIndices), asIndices(plainIndices)], values, options);
}

/** A matrix by rows: where each row begins among the values, the column of each value, the values. */
export const sparseCsrTensor = compressedFactory("sparseCsrTensor", "sparse_csr");
/** A matrix by columns: where each column begins among the values, the row of each value, the values. */
export const sparseCscTensor = compressedFactory("sparseCscTensor", "sparse_csc");
/** A matrix of blocks by rows; values [n, block rows, block columns]. */
export const sparseBsrTensor = compressedFactory("sparseBsrTensor", "sparse_bsr");
/** A matrix of blocks by columns; values [n, block rows, block columns]. */
export const sparseBscTensor = compressedFactory("sparseBscTensor", "sparse_bsc");
