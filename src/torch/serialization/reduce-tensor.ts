/** Tensors as the calls that PyTorch pickles them by; their memory is collected beside. */
import { ops } from "../ops.js";
import type { Tensor } from "../tensor.js";
import { PersistentId, PythonName, Tuple } from "./pickle-writer.js";
import { quantizedStorages, storageClasses } from "./storage-types.js";

/** Makes the calls of one file. A tensor met twice is stored once. */
export class TensorReducer {
  /** The storages' bytes, by key. */
  readonly storages: Uint8Array[] = [];
  readonly #known = new Map<Tensor, PythonName>();

  /** The call that makes the tensor again. */
  reduce(tensor: Tensor): PythonName {
    const known = this.#known.get(tensor) ?? this.#call(tensor.detach().cpu());
    this.#known.set(tensor, known);
    return known;
  }

  #call(tensor: Tensor): PythonName {
    if (tensor.layout !== "strided") return sparseCall(tensor);
    const quantized = quantizedStorages[tensor.dtype];
    return quantized ? this.#quantizedCall(tensor, quantized.name) : this.#stridedCall(tensor);
  }

  #stridedCall(tensor: Tensor): PythonName {
    const host = tensor.resolveConj().resolveNeg().contiguous();
    const known = storageClasses[tensor.dtype];
    if (known !== undefined) {
      const storage = this.#storage(host, new PythonName("torch", known), host.numel());
      return call("torch._utils", "_rebuild_tensor_v2", storage, ...layoutOf(host), false, noHooks());
    }
    const storage = this.#storage(host, new PythonName("torch.storage", "UntypedStorage"), host.data().byteLength);
    const dtype = new PythonName("torch", tensor.dtype);
    return call("torch._utils", "_rebuild_tensor_v3", storage, ...layoutOf(host), false, noHooks(), dtype);
  }

  #quantizedCall(tensor: Tensor, storageName: string): PythonName {
    const integers = tensor.intRepr().contiguous();
    const storage = this.#storage(integers, new PythonName("torch", storageName), integers.numel());
    return call(
      "torch._utils",
      "_rebuild_qtensor",
      storage,
      ...layoutOf(integers),
      quantizer(tensor),
      false,
      noHooks(),
    );
  }

  #storage(host: Tensor, cls: PythonName, size: number): PersistentId {
    const { buffer, byteOffset, byteLength } = host.data();
    const key = String(this.storages.push(new Uint8Array(buffer, byteOffset, byteLength)) - 1);
    return new PersistentId(new Tuple(["storage", cls, key, "cpu", size]));
  }
}

function call(module: string, name: string, ...args: unknown[]): PythonName {
  return new PythonName(module, name, new Tuple(args));
}

/** Offset, size and stride of a tensor that has its storage for itself. */
function layoutOf(host: Tensor): unknown[] {
  return [0, new Tuple(host.shape), new Tuple(host.stride() as number[])];
}

function noHooks(): PythonName {
  return call("collections", "OrderedDict");
}

function sparseCall(tensor: Tensor): PythonName {
  const { aten } = ops;
  const size = call("torch", "Size", new Tuple(tensor.shape));
  const layout = call("torch.serialization", "_get_layout", `torch.${tensor.layout}`);
  const data =
    tensor.layout === "sparse_coo"
      ? [aten._indices(tensor), aten._values(tensor), size, aten.is_coalesced<boolean>(tensor)]
      : [aten.crow_indices(tensor), aten.col_indices(tensor), aten.values(tensor), size];
  return call("torch._utils", "_rebuild_sparse_tensor", layout, new Tuple(data));
}

function quantizer(tensor: Tensor): Tuple {
  const { aten } = ops;
  const scales = perChannel(tensor);
  if (!scales) {
    const scheme = new PythonName("torch", "per_tensor_affine");
    return new Tuple([scheme, aten.q_scale<number>(tensor), aten.q_zero_point<number>(tensor)]);
  }
  const axis = aten.q_per_channel_axis<number>(tensor);
  return new Tuple([
    new PythonName("torch", "per_channel_affine"),
    scales,
    aten.q_per_channel_zero_points(tensor),
    axis,
  ]);
}

/** The scales of a tensor that has one for each channel. */
function perChannel(tensor: Tensor): Tensor | null {
  return ops.aten.qscheme<number>(tensor) === 1 ? ops.aten.q_per_channel_scales(tensor) : null;
}
