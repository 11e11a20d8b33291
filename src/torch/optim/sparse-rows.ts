/** Parts of dense tensors where a sparse gradient has values. */
import { ops } from "../ops.js";
import type { Tensor } from "../tensor.js";

/** The values of a coalesced sparse tensor: those of each row (or element) that it has. */
export function valuesOf(sparse: Tensor): Tensor {
  return ops.aten.values(sparse);
}

/** The dense tensor's values at the places of a coalesced sparse one, in its order. */
export function atRowsOf(sparse: Tensor, dense: Tensor): Tensor {
  return valuesOf(ops.aten.sparse_mask(dense, sparse));
}

/** Other values at the places of a coalesced sparse tensor. */
export function sparseLike(sparse: Tensor, values: Tensor): Tensor {
  const indices = ops.aten.indices(sparse);
  return ops.aten.sparse_coo_tensor.indices_size(indices, values, sparse.shape, { is_coalesced: true });
}
