/** Reading PyTorch's `.pth` files, as `weights_only` does in Python: the zip format, and the one before PyTorch 1.6. */
import { checkBytes } from "../checks.js";
import type { Device } from "../dtype.js";
import { checkOptions, FileFormatError } from "../errors.js";
import type { Complex } from "../op-arguments.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { type ByteSource, type FileOptions, fileKeys, MemorySource, openBytes } from "./byte-source.js";
import { looksLikeLegacy, readLegacy } from "./legacy-pth.js";
import { unpickle } from "./pickle.js";
import { StorageReader } from "./storage-reader.js";
import { looksLikeZip, readZip, unpack } from "./zip-entries.js";

/** What a `.pth` file holds: tensors in dictionaries (Maps), lists and plain values; dtypes and devices as strings. */
export type PthValue =
  | Tensor
  | string
  | number
  | bigint
  | boolean
  | null
  | Complex
  | Uint8Array
  | PthValue[]
  | Set<PthValue>
  | Map<PthValue, PthValue>;

/** Options of `parsePth`. */
export interface ParsePthOptions {
  /** Where the tensors go. Default `"cpu"`, wherever they were when saved. */
  device?: Device;
}

/** Options of `loadPth`. */
export interface LoadPthOptions extends FileOptions, ParsePthOptions {}

/**
 * Reads a file that Python wrote with `torch.save`. Only tensors (quantised and sparse ones too),
 * plain data and numpy's arrays are read, and nothing in the file is run. Tensors that shared memory when saved share it again.
 *
 * Throws `FileFormatError` on other classes, on TorchScript and on damaged files.
 */
export async function loadPth(path: string, options: LoadPthOptions = {}): Promise<PthValue> {
  checkOptions("loadPth", options, [...fileKeys, "device"]);
  const { device = "cpu", ...fileOptions } = options;
  return readPth(await openBytes("loadPth", path, fileOptions), path, device);
}

/** {@link loadPth} on bytes; `path` is for messages. The tensors share the memory of `bytes` where its alignment allows. */
export function parsePth(bytes: Uint8Array, path = "the file", options: ParsePthOptions = {}): PthValue {
  checkOptions("parsePth", options, ["device"]);
  checkBytes("parsePth", bytes);
  return readPth(new MemorySource(bytes), path, options.device ?? "cpu");
}

function readPth(source: ByteSource, path: string, device: Device): PthValue {
  try {
    return scope(() => readAny(source, path, device));
  } catch (error) {
    if (error instanceof FileFormatError && error.message.includes(path)) throw error;
    // Whatever nonsense a damaged file leads to, such as sizes that libtorch refuses.
    const why = error instanceof Error ? error.message : String(error);
    throw new FileFormatError(`loadPth: expected ${path} to be a file from torch.save, got a damaged one (${why}).`, {
      cause: error,
    });
  }
}

function readAny(source: ByteSource, path: string, device: Device): PthValue {
  const bytes = source.bytes(0, Math.min(source.size, 64));
  // The readers make nothing but the kinds of PthValue.
  if (looksLikeZip(bytes)) return readZipped(source, path, device) as PthValue;
  if (looksLikeLegacy(bytes)) return readLegacy(source, path, device) as PthValue;
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, 40)).replace(/[^ -~]+/g, "·");
  const isPointer = start.startsWith("version https://git-lfs");
  throw new FileFormatError(
    `loadPth: expected ${path} to be a file from torch.save, got ` +
      (isPointer
        ? "a pointer of Git LFS. Fetch the file itself with git lfs pull."
        : `one that starts with "${start}".`),
  );
}

function readZipped(source: ByteSource, path: string, device: Device): unknown {
  const where = `loadPth(${path})`;
  const entries = readZip(source, where);
  const pickleName = [...entries.keys()].find((name) => name === "data.pkl" || name.endsWith("/data.pkl"));
  if (pickleName === undefined) {
    throw new FileFormatError(
      `${where}: expected a zip file with data.pkl, got one without. It is not from torch.save.`,
    );
  }
  const folder = pickleName.slice(0, -"data.pkl".length);
  if (entries.has(`${folder}constants.pkl`)) {
    throw new FileFormatError(
      `${where}: expected tensors and plain data, got a TorchScript program. Open it with jit.load, or save its state_dict() in Python.`,
    );
  }
  const sourceOf = (name: string) => {
    const entry = entries.get(name);
    return entry && unpack(entry, where);
  };
  const bytesOf = (name: string) => {
    const content = sourceOf(name);
    return content?.bytes(0, content.size);
  };
  const endian = bytesOf(`${folder}byteorder`);
  if (endian && new TextDecoder().decode(endian) !== "little") {
    throw new FileFormatError(`${where}: expected little-endian numbers, got a file from a big-endian machine.`);
  }
  const pickle = bytesOf(pickleName) ?? new Uint8Array();
  return unpickle(pickle, new StorageReader(path, (key) => sourceOf(`${folder}data/${key}`), device)).value;
}
