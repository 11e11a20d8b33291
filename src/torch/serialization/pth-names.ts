/** The functions and classes that a `.pth` file may name, and what each of them makes here. Nothing of Python is run. */
import { type DType, dtypeCode } from "../dtype.js";
import { FileFormatError } from "../errors.js";
import { Tensor } from "../tensor.js";
import { arrayType, buildArray, NumpyArray, NumpyDtype, numpyScalar } from "./numpy-pickles.js";
import type { PickleReader } from "./pickle.js";
import { rebuildQuantized, rebuildSparse, rebuildTensor, rebuildTyped, type TensorBuilder } from "./rebuild.js";
import { storageDtype } from "./storage-types.js";

/** Something that a pickle may call. */
export class Callee {
  constructor(
    readonly name: string,
    readonly run: (args: unknown[], tensors: TensorBuilder) => unknown,
  ) {}
}

/** A storage class that a pickle names. */
export class StorageClass {
  constructor(readonly dtype: DType) {}
}

/** fastai's and fastcore's list: an array whose items come as its state. */
class FastcoreList extends Array<unknown> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

const calls: Record<string, Callee["run"]> = {
  "torch._utils._rebuild_tensor": rebuildTensor,
  "torch._utils._rebuild_tensor_v2": rebuildTensor,
  "torch._utils._rebuild_tensor_v3": rebuildTyped,
  "torch._utils._rebuild_qtensor": rebuildQuantized,
  "torch._utils._rebuild_sparse_tensor": rebuildSparse,
  "torch._utils._rebuild_parameter": ([data, requiresGrad]) => withGrad(data, requiresGrad),
  "torch._utils._rebuild_parameter_with_state": ([data, requiresGrad]) => withGrad(data, requiresGrad),
  "torch._tensor._rebuild_from_type_v2": ([callee, , args], tensors) => callOf(callee, args, tensors),
  "torch.serialization._get_layout": ([name]) => String(name).replace("torch.", ""),
  "torch.Size": ([sizes]) => sizes,
  "torch.device": (parts) => parts.join(":"),
  "collections.OrderedDict": ([pairs]) => mapOf(pairs),
  "collections.Counter": ([counts]) => mapOf(counts),
  "collections.defaultdict": () => new Map(),
  "builtins.set": ([items]) => setOf(items),
  "builtins.frozenset": ([items]) => setOf(items),
  "builtins.complex": ([re, im]) => ({ re, im }),
  "builtins.bytearray": ([content, encoding]) => bytesOf(content, encoding),
  "_codecs.encode": ([content, encoding]) => bytesOf(content, encoding),
  "numpy.dtype": ([name]) => new NumpyDtype(String(name)),
  "numpy._core.multiarray.scalar": numpyScalar,
  "numpy._core.multiarray._reconstruct": ([type]) => new NumpyArray(type),
  "fastcore.foundation.L": () => new FastcoreList(),
};

const constants: Record<string, unknown> = {
  "numpy.ndarray": arrayType,
  "torch.Tensor": "Tensor",
  "torch.nn.parameter.Parameter": "Parameter",
  "torch.per_tensor_affine": "per_tensor_affine",
  "torch.per_channel_affine": "per_channel_affine",
  "torch.per_tensor_symmetric": "per_tensor_affine",
  "torch.per_channel_symmetric": "per_channel_affine",
  "builtins.list": "list",
  "builtins.dict": "dict",
  "builtins.int": "int",
  "builtins.float": "float",
};

/** Modules that were named otherwise by Python 2 and by numpy 1. */
const modules: Record<string, string> = {
  __builtin__: "builtins",
  "numpy.core.multiarray": "numpy._core.multiarray",
  "fastcore.dispatch": "fastcore.foundation",
};

/** Reads the names of a `.pth` file's pickle; storages come from a subclass. Errors name the file. */
export abstract class PthReader implements PickleReader {
  constructor(readonly path: string) {}

  global(module: string, name: string): unknown {
    const full = `${modules[module] ?? module}.${name}`;
    const run = Object.hasOwn(calls, full) ? calls[full] : undefined;
    if (run) return new Callee(full, run);
    if (Object.hasOwn(constants, full)) return constants[full];
    const storage = full === "torch.storage.UntypedStorage" ? "uint8" : storageDtype(name);
    if (storage && module.startsWith("torch")) return new StorageClass(storage);
    if (module === "torch" && dtypeCode(name) !== undefined) return name;
    throw this.refuse(`${module}.${name}, which it would have to run`);
  }

  call(callee: unknown, args: unknown[]): unknown {
    return callOf(callee, args, this);
  }

  abstract persistent(id: unknown): unknown;

  build(target: unknown, state: unknown): unknown {
    if (target instanceof NumpyDtype) return target.setState(state);
    if (target instanceof NumpyArray) return buildArray(state);
    if (target instanceof FastcoreList) {
      const items = state instanceof Map ? state.get("items") : undefined;
      if (Array.isArray(items)) for (const item of items) target.push(item);
    }
    return target;
  }

  /** The error for contents that are not read. */
  refuse(what: string): FileFormatError {
    return new FileFormatError(`loadPth: expected tensors and plain data in ${this.path}, got ${what}.`);
  }
}

function callOf(callee: unknown, args: unknown, tensors: TensorBuilder): unknown {
  if (!(callee instanceof Callee) || !Array.isArray(args)) throw tensors.refuse("a call of something else");
  return callee.run(args, tensors);
}

function withGrad(data: unknown, requiresGrad: unknown): unknown {
  return data instanceof Tensor && requiresGrad === true ? data.requiresGrad_() : data;
}

function mapOf(items: unknown = []): Map<unknown, unknown> {
  if (items instanceof Map) return new Map(items);
  const pairs = Array.isArray(items) ? items.filter((pair) => Array.isArray(pair) && pair.length === 2) : [];
  return new Map(pairs as [unknown, unknown][]);
}

function setOf(items: unknown): Set<unknown> {
  return new Set(Array.isArray(items) || items instanceof Set ? items : []);
}

/** How Python writes bytes in protocol 2: text with a character for each byte. */
function bytesOf(content: unknown, encoding: unknown): unknown {
  if (content instanceof Uint8Array) return content;
  if (content === undefined) return new Uint8Array();
  if (typeof content !== "string" || (encoding !== "latin1" && encoding !== "latin-1")) {
    throw new FileFormatError("loadPth: expected bytes as latin1 text, got another encoding. The file is damaged.");
  }
  return Uint8Array.from(content, (char) => char.charCodeAt(0));
}
