/** numpy's `.npz` files: arrays by name. */

import { deflateRawSync } from "node:zlib";
import { checkBytes, checkObject } from "../checks.js";
import { checkOptions } from "../errors.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { writeAtomically } from "./atomic-file.js";
import { type ByteSource, type FileOptions, MemorySource, openBytes } from "./byte-source.js";
import { npyPieces, readNpy } from "./npy.js";
import type { TensorDict } from "./safetensors.js";
import { writeAll } from "./write-all.js";
import { readZip, unpack } from "./zip-entries.js";
import { type ZipEntry, zipPieces } from "./zip-writer.js";

/** Options of `saveNpz`. */
export interface SaveNpzOptions {
  /** Packs the arrays, as `savez_compressed` does. Default false. */
  compressed?: boolean;
}

const ending = ".npy";

/**
 * Reads a `.npz` file, packed or not, as tensors by name. Entries that are no arrays are left out. Throws
 * `FileFormatError` as `loadNpy` does.
 */
export async function loadNpz(path: string, options: FileOptions = {}): Promise<Map<string, Tensor>> {
  return readNpz(await openBytes("loadNpz", path, options), `loadNpz(${path})`);
}

/** {@link loadNpz} on bytes; arrays that are not packed share their memory where alignment allows. */
export function parseNpz(bytes: Uint8Array): Map<string, Tensor> {
  checkBytes("parseNpz", bytes);
  return readNpz(new MemorySource(bytes), "parseNpz");
}

function readNpz(source: ByteSource, where: string): Map<string, Tensor> {
  return scope(() => {
    const arrays = [...readZip(source, where).values()].filter(({ name }) => name.endsWith(ending));
    const named = arrays.map((entry) => [entry.name.slice(0, -ending.length), entry] as const);
    return new Map(named.map(([name, entry]) => [name, readNpy(unpack(entry, where), `${where}, array ${name}`)]));
  });
}

/** Writes tensors by name as a `.npz` file, at once or not at all. Throws `ValueError` on dtypes that numpy lacks. */
export async function saveNpz(path: string, tensors: TensorDict, options: SaveNpzOptions = {}): Promise<void> {
  checkOptions("saveNpz", options, ["compressed"]);
  const pieces = zipPieces(entriesOf(tensors, "saveNpz", options));
  await writeAtomically(path, async (file) => {
    for (const piece of pieces) await writeAll(file, piece);
  });
}

/** {@link saveNpz} as bytes in memory. */
export function npzBytes(tensors: TensorDict, options: SaveNpzOptions = {}): Uint8Array {
  checkOptions("npzBytes", options, ["compressed"]);
  checkObject("npzBytes", tensors);
  return Buffer.concat(zipPieces(entriesOf(tensors, "npzBytes", options)));
}

function entriesOf(tensors: TensorDict, where: string, { compressed = false }: SaveNpzOptions): ZipEntry[] {
  const named: Iterable<[string, Tensor]> = tensors instanceof Map ? tensors : Object.entries(tensors);
  return Array.from(named, ([name, tensor]) => {
    const content = npyPieces(tensor, `${where}, array ${name}`);
    const file = { name: `${name}${ending}`, content };
    return compressed ? { ...file, packed: deflateRawSync(Buffer.concat(content)) } : file;
  });
}
