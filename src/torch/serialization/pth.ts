/** Reading PyTorch's `.pth` files (the zip format of PyTorch 1.6 and later), as `weights_only` does in Python. */
import { readFile } from "node:fs/promises";
import { fromBuffer } from "../creation.js";
import { type DType, dtypeCode } from "../dtype.js";
import { FileFormatError } from "../errors.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { isPickleGlobal, type PickleGlobal, type PickleReader, unpickle } from "./pickle.js";
import { storageDtype } from "./storage-types.js";
import { readZip } from "./zip-entries.js";

/** What a `.pth` file holds: tensors in dictionaries (Maps), lists and plain values. */
export type PthValue =
  | Tensor
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | PthValue[]
  | Map<PthValue, PthValue>;

/**
 * Reads a file that Python wrote with `torch.save`. Only tensors and plain data are read and nothing in the file is run; tensors that
 * shared memory when saved share it again; tensors of any device come to the CPU.
 *
 * Throws `FileFormatError` on the older format (before PyTorch 1.6), on other classes and on damaged files.
 */
export async function loadPth(path: string): Promise<PthValue> {
  return parsePth(await readFile(path), path);
}

/** {@link loadPth} on bytes; `path` is for messages. The tensors share the memory of `bytes` where its alignment allows. */
export function parsePth(bytes: Uint8Array, path = "the file"): PthValue {
  try {
    return scope(() => readPth(bytes, path));
  } catch (error) {
    if (error instanceof FileFormatError && error.message.includes(path)) throw error;
    // Whatever nonsense a damaged file leads to, such as sizes that libtorch refuses.
    const why = error instanceof Error ? error.message : String(error);
    throw new FileFormatError(`loadPth: expected ${path} to be a file from torch.save, got a damaged one (${why}).`, {
      cause: error,
    });
  }
}

function readPth(bytes: Uint8Array, path: string): PthValue {
  const entries = readZip(bytes, path);
  const pickleName = [...entries.keys()].find((name) => name.endsWith("/data.pkl"));
  if (pickleName === undefined) {
    throw new FileFormatError(
      `loadPth: expected ${path} to hold data.pkl, got a zip file without. It is not from torch.save.`,
    );
  }
  const folder = pickleName.slice(0, -"data.pkl".length);
  const endian = entries.get(`${folder}byteorder`);
  if (endian && new TextDecoder().decode(endian) !== "little") {
    throw new FileFormatError(`loadPth: expected little-endian numbers, got ${path} from a big-endian machine.`);
  }
  const storages = new StorageReader((key) => entries.get(`${folder}data/${key}`), path);
  // The reader makes nothing but the kinds of PthValue.
  return unpickle(entries.get(pickleName) ?? new Uint8Array(), storages).value as PthValue;
}

/** A one-dimensional tensor over a whole storage. */
class Storage {
  constructor(readonly flat: Tensor) {}
}

class StorageReader implements PickleReader {
  readonly #storages = new Map<string, Storage>();
  constructor(
    private readonly bytesOf: (key: string) => Uint8Array | undefined,
    private readonly path: string,
  ) {}

  persistent(id: unknown): Storage {
    const [kind, cls, key] = Array.isArray(id) ? id : [];
    const dtype = isPickleGlobal(cls) ? dtypeOf(cls) : undefined;
    const bytes = kind === "storage" && dtype ? this.bytesOf(String(key)) : undefined;
    if (!dtype || !bytes) throw this.#broken("an unknown or missing storage");
    const known = this.#storages.get(String(key));
    if (known) return known;
    // A tensor's address must be a multiple of its element size; torch.save aligns entries to 64 bytes, others may not.
    const aligned = bytes.byteOffset % 16 === 0 ? bytes : bytes.slice();
    const storage = new Storage(withDtype(fromBuffer(aligned, [aligned.length]), dtype));
    this.#storages.set(String(key), storage);
    return storage;
  }

  call({ module, name }: PickleGlobal, args: unknown[]): unknown {
    const full = `${module}.${name}`;
    if (full === "torch._utils._rebuild_tensor_v2" || full === "torch._utils._rebuild_tensor")
      return this.#tensor(args);
    if (full === "torch._utils._rebuild_tensor_v3") return this.#typedTensor(args);
    if (full === "torch._utils._rebuild_parameter") return args[0];
    if (full === "collections.OrderedDict" && isPairs(args[0] ?? []))
      return new Map(args[0] as [unknown, unknown][] | undefined);
    if (full === "torch.Size") return args[0];
    if (full === "_codecs.encode" && typeof args[0] === "string" && args[1] === "latin1") return latin1(args[0]);
    throw this.#broken(`${full}, which it would have to run`);
  }

  #tensor([storage, offset, size, stride]: unknown[]): Tensor {
    if (!(storage instanceof Storage) || typeof offset !== "number" || !isSizes(size) || !isSizes(stride)) {
      throw this.#broken("a tensor without storage, size or stride");
    }
    const reach = size.includes(0) ? 0 : size.reduce((sum, n, i) => sum + (n - 1) * (stride[i] ?? 0), offset + 1);
    if (offset < 0 || stride.length !== size.length || reach > storage.flat.numel())
      throw this.#broken("a tensor beyond its storage");
    return storage.flat.asStrided(size, stride, offset);
  }

  /** A tensor on a storage of bytes; the dtype stands beside. */
  #typedTensor([storage, offset, size, stride, , , dtype]: unknown[]): Tensor {
    const name = isPickleGlobal(dtype) && dtype.module === "torch" ? dtype.name : "";
    if (!(storage instanceof Storage) || dtypeCode(name) === undefined) throw this.#broken("a tensor of unknown dtype");
    const flat = withDtype(storage.flat, name as DType); // it has a code
    return this.#tensor([new Storage(flat), offset, size, stride]);
  }

  #broken(what: string): FileFormatError {
    return new FileFormatError(`loadPth: expected tensors and plain data in ${this.path}, got ${what}.`);
  }
}

/** The dtype of a storage's elements by the storage's class; bytes for an untyped one. */
function dtypeOf({ module, name }: PickleGlobal): DType | undefined {
  if (module === "torch.storage" && name === "UntypedStorage") return "uint8";
  return module === "torch" ? storageDtype(name) : undefined;
}

function withDtype(flat: Tensor, dtype: DType): Tensor {
  return flat.dtype === dtype ? flat : flat.view(dtype);
}

/** How Python writes bytes in protocol 2: text with a character for each byte. */
function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function isPairs(value: unknown): value is [unknown, unknown][] {
  return Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}
