/**
 * The format before PyTorch 1.6: five pickles one after the other (a magic number, a version, the machine's properties,
 * the value, the storages' keys), then the storages, each after its number of elements.
 */
import type { Device, DType } from "../dtype.js";
import { FileFormatError } from "../errors.js";
import { type PickleReader, unpickle } from "./pickle.js";
import { Callee, PthReader } from "./pth-names.js";
import { StorageReader, storageId } from "./storage-reader.js";

const magic = 0x1950a86a20f9469cfc6cn;
const version = 1001;
/** The pickle of the magic number starts so. */
const start = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46];

const widths: Partial<Record<DType, number>> = {
  complex128: 16,
  float64: 8,
  int64: 8,
  complex64: 8,
  float32: 4,
  int32: 4,
  float16: 2,
  bfloat16: 2,
  int16: 2,
};

/** True when the bytes start as files of this format do. */
export function looksLikeLegacy(bytes: Uint8Array): boolean {
  return start.every((byte, at) => bytes[at] === byte);
}

/** Reads a file of this format. Throws `FileFormatError` on damage; errors may not name the file. */
export function readLegacy(bytes: Uint8Array, path: string, device: Device): unknown {
  const plain = new PlainReader(path);
  const [number, protocol, machine] = [0, 1, 2].map(() => plain.next(bytes));
  const isLittle = machine instanceof Map && machine.get("little_endian") === true;
  if (number !== magic || protocol !== version || !isLittle) {
    throw plain.refuse("another version, or numbers of a big-endian machine");
  }
  // The value comes before the storages that it is made on: once to see which there are, once to make it.
  const outline = new OutlineReader(path);
  const { end } = unpickle(bytes, outline, plain.at);
  const valueAt = plain.at;
  plain.at = end;
  const keys = plain.next(bytes);
  if (!Array.isArray(keys)) throw plain.refuse("storages without keys");
  const storages = locate(bytes, plain.at, keys.map(String), outline);
  return unpickle(bytes, new StorageReader(path, (key) => storages.get(key), device), valueAt).value;
}

/** The bytes of each storage. */
function locate(
  bytes: Uint8Array,
  from: number,
  keys: readonly string[],
  outline: OutlineReader,
): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map<string, Uint8Array>();
  let at = from;
  for (const key of keys) {
    const dtype = outline.dtypes.get(key);
    if (dtype === undefined || at + 8 > bytes.length) throw outline.refuse("storages other than those it names");
    const length = Number(view.getBigInt64(at, true)) * (widths[dtype] ?? 1);
    at += 8;
    if (!(length >= 0) || at + length > bytes.length) {
      throw outline.refuse(`a storage of ${length} bytes at byte ${at} of ${bytes.length}; it is incomplete`);
    }
    found.set(key, bytes.subarray(at, at + length));
    at += length;
  }
  return found;
}

/** Reads pickles that name nothing, one after the other. */
class PlainReader implements PickleReader {
  at = 0;
  constructor(private readonly path: string) {}

  next(bytes: Uint8Array): unknown {
    const { value, end } = unpickle(bytes, this, this.at);
    this.at = end;
    return value;
  }

  global(module: string, name: string): never {
    throw this.refuse(`${module}.${name}`);
  }
  call(): never {
    throw this.refuse("a call");
  }
  persistent(): never {
    throw this.refuse("a storage");
  }
  build(target: unknown): unknown {
    return target;
  }
  refuse(what: string): FileFormatError {
    return new FileFormatError(`loadPth: expected ${this.path} to be a file from torch.save, got ${what}.`);
  }
}

/** Notes which storages there are; makes no tensors. */
class OutlineReader extends PthReader {
  readonly dtypes = new Map<string, DType>();

  override persistent(id: unknown): null {
    const { cls, key } = storageId(id, this);
    this.dtypes.set(key, cls.dtype);
    return null;
  }

  override call(callee: unknown, args: unknown[]): unknown {
    return callee instanceof Callee && callee.name.startsWith("torch.") ? null : super.call(callee, args);
  }
}
