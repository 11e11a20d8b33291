/** Tensors by name in safetensors files, readable by every other implementation. Loading runs no code. */

import { type FileHandle, open } from "node:fs/promises";
import { noGrad } from "../autograd.js";
import { checkBytes, checkObject, checkTensor } from "../checks.js";
import { empty } from "../creation.js";
import type { Device, DType } from "../dtype.js";
import { checkOptions, FileFormatError, ValueError } from "../errors.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { writeAtomically } from "./atomic-file.js";
import { type ByteSource, type FileOptions, fileKeys, MemorySource, openBytes } from "./byte-source.js";
import { withDtype } from "./rebuild.js";
import {
  elementBytes,
  encodeHeader,
  headerLength,
  layOut,
  lengthBytes,
  parseHeader,
  type SafetensorsHeader,
  type TensorEntry,
} from "./safetensors-header.js";
import { writeAll } from "./write-all.js";

/** Tensors by name, as a Map or a plain object. */
export type TensorDict = ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>;

/** Tensors by name with the file's metadata. */
export class TensorMap extends Map<string, Tensor> {
  /** The `__metadata__` of the file: strings by name. */
  metadata: Record<string, string> = {};
}

/** Options of `saveSafetensors`. */
export interface SaveSafetensorsOptions {
  /** Strings by name, stored in the header. Default none. */
  metadata?: Record<string, string>;
}

/** Options of `loadSafetensors`. */
export interface LoadSafetensorsOptions extends FileOptions {
  /** Where the tensors go. Default "cpu". */
  device?: Device;
}

/**
 * Writes tensors (a Map or a plain object) to a file, at once or not at all: an error leaves an older file as it was.
 * The tensors may be on any device and must not change until the promise settles. Throws `FileFormatError` on a dtype
 * that the format lacks.
 *
 * @example
 * await saveSafetensors("net.safetensors", net.stateDict());
 */
export async function saveSafetensors(
  path: string,
  tensors: TensorDict,
  options: SaveSafetensorsOptions = {},
): Promise<void> {
  checkOptions("saveSafetensors", options, ["metadata"]);
  const entries = layOut(named(tensors, "saveSafetensors"), "saveSafetensors");
  const header = encodeHeader(entries, checkMetadata("saveSafetensors", options.metadata));
  await writeAtomically(path, async (file) => {
    await writeAll(file, header);
    for (const { tensor } of entries) await writeAll(file, hostBytes(tensor));
  });
}

/** The same as a file, as bytes in memory. */
export function safetensorsBytes(tensors: TensorDict, metadata?: Record<string, string>): Uint8Array {
  const entries = layOut(named(tensors, "safetensorsBytes"), "safetensorsBytes");
  const header = encodeHeader(entries, checkMetadata("safetensorsBytes", metadata));
  const bytes = new Uint8Array(header.length + (entries.at(-1)?.end ?? 0));
  bytes.set(header);
  for (const { tensor, begin } of entries) bytes.set(hostBytes(tensor), header.length + begin);
  return bytes;
}

/**
 * Reads a file. Each tensor gets its own memory, read directly from the file, or is a view of it with `mmap`; sizes are
 * checked against the file before anything is allocated. Throws `FileFormatError` on anything but well-formed safetensors.
 *
 * @example
 * net.loadStateDict(await loadSafetensors("net.safetensors"));
 */
export async function loadSafetensors(path: string, options: LoadSafetensorsOptions = {}): Promise<TensorMap> {
  checkOptions("loadSafetensors", options, [...fileKeys, "device"]);
  const { device = "cpu", mmap = false } = options;
  if (mmap)
    return onDevice(parse(await openBytes("loadSafetensors", path, { mmap }), `loadSafetensors(${path})`), device);
  const file = await open(path, "r");
  try {
    const { header, dataStart } = await readHeader(file, path);
    const tensors = new TensorMap();
    tensors.metadata = header.metadata;
    for (const batch of inBatches(header.entries)) {
      const made = batch.map(({ dtype, shape }) => empty(shape, { dtype }));
      await readInto(file, path, made.map(bytesOf), dataStart + (batch[0]?.begin ?? 0));
      made.forEach((tensor, i) => {
        tensors.set(batch[i]?.name ?? "", tensor.to(device));
      });
    }
    return tensors;
  } finally {
    await file.close();
  }
}

/** Names, dtypes, shapes and metadata of a file, without reading its tensors. */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  const file = await open(path, "r");
  try {
    return (await readHeader(file, path)).header;
  } finally {
    await file.close();
  }
}

/**
 * Reads bytes in memory. The tensors share the memory of `bytes` (but for those that lie unaligned), so neither side may
 * be changed without the other seeing it. Throws `FileFormatError` on anything but well-formed safetensors.
 */
export function parseSafetensors(bytes: Uint8Array): TensorMap {
  checkBytes("parseSafetensors", bytes);
  return parse(new MemorySource(bytes), "parseSafetensors");
}

function parse(source: ByteSource, where: string): TensorMap {
  const length = headerLength(source.bytes(0, Math.min(source.size, lengthBytes)), source.size, where);
  const dataStart = lengthBytes + length;
  const header = parseHeader(source.bytes(lengthBytes, length), source.size - dataStart, where);
  const tensors = new TensorMap();
  tensors.metadata = header.metadata;
  for (const { name, dtype, shape, begin, end } of header.entries) {
    const flat = () => source.tensor(dataStart + begin, end - begin, elementBytes(dtype));
    tensors.set(
      name,
      scope(() => withDtype(flat(), dtype).view(shape)),
    );
  }
  return tensors;
}

function onDevice(tensors: TensorMap, device: Device): TensorMap {
  if (device !== "cpu") for (const [name, tensor] of tensors) tensors.set(name, tensor.to(device));
  return tensors;
}

type Named = { name: string; dtype: DType; shape: number[]; tensor: Tensor };

function named(tensors: TensorDict, where: string): Named[] {
  checkObject(where, tensors);
  const entries: Iterable<[string, Tensor]> = tensors instanceof Map ? tensors : Object.entries(tensors);
  return Array.from(entries, ([name, tensor]) => {
    if (name === "__metadata__") {
      throw new ValueError(`${where}: expected tensor names other than "__metadata__". Rename the tensor.`);
    }
    checkTensor(`${where} of "${name}"`, tensor);
    return { name, dtype: tensor.dtype, shape: tensor.shape, tensor };
  });
}

function checkMetadata(
  where: string,
  metadata: Record<string, string> | undefined,
): Record<string, string> | undefined {
  for (const [key, value] of Object.entries(metadata ?? {})) {
    if (typeof value !== "string") {
      throw new ValueError(
        `${where}: expected metadata of strings, got ${typeof value} for "${key}". Use JSON.stringify.`,
      );
    }
  }
  return metadata;
}

function bytesOf(tensor: Tensor): Uint8Array {
  const { buffer, byteOffset, byteLength } = tensor.data();
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The bytes of a tensor of any device and layout; its own memory where that is possible. */
function hostBytes(tensor: Tensor): Uint8Array {
  return scope(() => noGrad(() => bytesOf(tensor.detach().cpu().resolveConj().resolveNeg().contiguous())));
}

const batchBytes = 16 * 2 ** 20;
const batchBuffers = 512; // a read takes at most 1024 buffers (IOV_MAX)

/** Neighbours that are read by one call: many small tensors, or one large one. */
function* inBatches(entries: readonly TensorEntry[]): Iterable<TensorEntry[]> {
  let batch: TensorEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = entry.end - entry.begin;
    if (batch.length > 0 && (bytes + size > batchBytes || batch.length === batchBuffers)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

async function readHeader(file: FileHandle, path: string): Promise<{ header: SafetensorsHeader; dataStart: number }> {
  const where = `loadSafetensors(${path})`;
  const { size } = await file.stat();
  const start = Buffer.alloc(lengthBytes);
  const { bytesRead } = await file.read(start, 0, lengthBytes, 0);
  const length = headerLength(start.subarray(0, bytesRead), size, where);
  const text = Buffer.alloc(length);
  await readInto(file, path, [text], lengthBytes);
  const dataStart = lengthBytes + length;
  return { header: parseHeader(text, size - dataStart, where), dataStart };
}

/** Fills the buffers from a position of the file. Throws `FileFormatError` when the file ends first. */
async function readInto(file: FileHandle, path: string, buffers: Uint8Array[], position: number): Promise<void> {
  let left = buffers.filter((buffer) => buffer.length > 0);
  let at = position;
  while (left.length > 0) {
    const { bytesRead } = await file.readv(left, at);
    if (bytesRead === 0) {
      throw new FileFormatError(`loadSafetensors(${path}): expected more data at byte ${at}, got the end of the file.`);
    }
    at += bytesRead;
    left = without(left, bytesRead);
  }
}

/** What remains of the buffers after their first `count` bytes. */
function without(buffers: Uint8Array[], count: number): Uint8Array[] {
  let skip = count;
  let first = 0;
  while (first < buffers.length && skip >= (buffers[first]?.length ?? 0)) skip -= buffers[first++]?.length ?? 0;
  const rest = buffers.slice(first);
  if (rest[0] && skip > 0) rest[0] = rest[0].subarray(skip);
  return rest;
}
