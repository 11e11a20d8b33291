/**
 * The format before PyTorch 1.6: five pickles one after the other (a magic number, a version, the machine's properties,
 * the value, the storages' keys), then the storages, each after its number of elements.
 */
import type { Device, DType } from "../dtype.js";
import { FileFormatError } from "../errors.js";
import type { ByteSource } from "./byte-source.js";
import { type PickleReader, unpickle } from "./pickle.js";
import { Callee, PthReader } from "./pth-names.js";
import { StorageReader, storageId } from "./storage-reader.js";

const magic = 0x1950a86a20f9469cfc6cn;
const version = 1001;
/** The pickles lie in these first bytes. */
const longestPickles = 2 ** 31;
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
export function readLegacy(source: ByteSource, path: string, device: Device): unknown {
  const bytes = source.bytes(0, Math.min(source.size, longestPickles));
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
  const storages = locate(source, plain.at, keys.map(String), outline);
  return unpickle(bytes, new StorageReader(path, (key) => storages.get(key), device), valueAt).value;
}

/** The bytes of each storage. */
function locate(
  source: ByteSource,
  from: number,
  keys: readonly string[],
  outline: OutlineReader,
): Map<string, ByteSource> {
  const found = new Map<string, ByteSource>();
  let at = from;
  for (const key of keys) {
    const dtype = outline.dtypes.get(key);
    if (dtype === undefined || at + 8 > source.size) throw outline.refuse("storages other than those it names");
    const { buffer, byteOffset } = source.bytes(at, 8);
    const length = Number(new DataView(buffer, byteOffset, 8).getBigInt64(0, true)) * (widths[dtype] ?? 1);
    at += 8;
    if (!(length >= 0) || at + length > source.size) {
      throw outline.refuse(`a storage of ${length} bytes at byte ${at} of ${source.size}; it is incomplete`);
    }
    found.set(key, source.part(at, length));
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
