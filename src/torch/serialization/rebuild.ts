/** Tensors from the arguments that PyTorch pickles them by. */
import { type DType, dtypeCode } from "../dtype.js";
import type { FileFormatError } from "../errors.js";
import { ops } from "../ops.js";
import { Tensor } from "../tensor.js";

/** Raises the errors of one file. */
export interface TensorBuilder {
  refuse(what: string): FileFormatError;
}

/** A one-dimensional tensor over a whole storage. */
export class Storage {
  constructor(readonly flat: Tensor) {}
}

/** `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, …)`. */
export function rebuildTensor(
  [storage, offset, size, stride, requiresGrad]: unknown[],
  builder: TensorBuilder,
): Tensor {
  if (!(storage instanceof Storage)) throw builder.refuse("a tensor without storage");
  const view = viewOf(storage.flat, { offset, size, stride }, builder);
  return requiresGrad === true ? view.requiresGrad_() : view;
}

/** `_rebuild_tensor_v3`: on a storage of bytes; the dtype stands beside. */
export function rebuildTyped(args: unknown[], builder: TensorBuilder): Tensor {
  const [storage, offset, size, stride, requiresGrad, , dtype] = args;
  if (!(storage instanceof Storage) || typeof dtype !== "string" || dtypeCode(dtype) === undefined) {
    throw builder.refuse("a tensor of unknown dtype");
  }
  const flat = withDtype(storage.flat, dtype as DType); // it has a code
  return rebuildTensor([new Storage(flat), offset, size, stride, requiresGrad], builder);
}

/** `_rebuild_qtensor(storage, offset, size, stride, (scheme, …), …)`: integers with scale and zero point. */
export function rebuildQuantized(
  [storage, offset, size, stride, quantizer]: unknown[],
  builder: TensorBuilder,
): Tensor {
  const [scheme, scale, zeroPoint, axis] = Array.isArray(quantizer) ? quantizer : [];
  if (!(storage instanceof Storage)) throw builder.refuse("a quantised tensor without storage");
  const integers = viewOf(storage.flat, { offset, size, stride }, builder);
  if (scheme === "per_tensor_affine" && typeof scale === "number" && typeof zeroPoint === "number") {
    return ops.aten._make_per_tensor_quantized_tensor(integers, scale, zeroPoint);
  }
  const fits = scale instanceof Tensor && zeroPoint instanceof Tensor && typeof axis === "number" && axis >= 0;
  if (scheme !== "per_channel_affine" || !fits || scale.numel() !== integers.shape[axis]) {
    throw builder.refuse("a quantised tensor of another scheme");
  }
  return ops.aten._make_per_channel_quantized_tensor(integers, scale, zeroPoint, axis);
}

/** `_rebuild_sparse_tensor(layout, (indices, values, size, …))`; its indices are checked. */
export function rebuildSparse([layout, data]: unknown[], builder: TensorBuilder): Tensor {
  const parts: unknown[] = Array.isArray(data) ? data : [];
  if (layout === "sparse_coo") {
    const [indices, values, size, isCoalesced] = parts;
    if (!(indices instanceof Tensor && values instanceof Tensor && isSizes(size)))
      throw builder.refuse("a sparse tensor");
    ops.aten._validate_sparse_coo_tensor_args(indices, values, size);
    const made = ops.aten.sparse_coo_tensor.indices_size(indices, values, size);
    return isCoalesced === true ? made.coalesce() : made;
  }
  const [compressed, plain, values, size] = parts;
  const are = compressed instanceof Tensor && plain instanceof Tensor && values instanceof Tensor && isSizes(size);
  if (layout === "sparse_csr" && are) {
    ops.aten._validate_sparse_csr_tensor_args(compressed, plain, values, size);
    return ops.aten.sparse_csr_tensor.crow_col_value_size(compressed, plain, values, size);
  }
  if (layout === "sparse_csc" && are) {
    ops.aten._validate_sparse_csc_tensor_args(compressed, plain, values, size);
    return ops.aten.sparse_csc_tensor.ccol_row_value_size(compressed, plain, values, size);
  }
  throw builder.refuse(`a tensor of layout ${String(layout)}`);
}

/** The same memory seen as another dtype. */
export function withDtype(flat: Tensor, dtype: DType): Tensor {
  return flat.dtype === dtype ? flat : flat.view(dtype);
}

function viewOf(
  flat: Tensor,
  { offset, size, stride }: { offset: unknown; size: unknown; stride: unknown },
  builder: TensorBuilder,
): Tensor {
  if (typeof offset !== "number" || !isSizes(size) || !isSizes(stride) || stride.length !== size.length) {
    throw builder.refuse("a tensor without size or stride");
  }
  const reach = size.includes(0) ? 0 : size.reduce((sum, n, i) => sum + (n - 1) * (stride[i] ?? 0), offset + 1);
  if (!(offset >= 0) || reach > flat.numel()) throw builder.refuse("a tensor beyond its storage");
  return flat.asStrided(size, stride, flat.storageOffset() + offset); // asStrided counts from the memory's start
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}
