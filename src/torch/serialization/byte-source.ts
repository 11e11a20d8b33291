/** The bytes of a file: in memory, or mapped. */

import { open, stat } from "node:fs/promises";
import { checkBytes } from "../checks.js";
import { fromBuffer } from "../creation.js";
import { checkOptions, FileFormatError, OutOfMemoryError, ValueError } from "../errors.js";
import { ops } from "../ops.js";
import { keep, scope } from "../scope.js";
import type { Tensor } from "../tensor.js";

/** Options of functions that read a file. */
export interface FileOptions {
  /**
   * Maps the file instead of reading it: the tensors are views of the file, whose pages come from the disk when they are
   * first used. Changes of the tensors stay in memory. The file must not be shortened while tensors of it live (to put a
   * new one in its place, as the functions that save do, is fine). Default false; files of more than 4 GB always are.
   */
  mmap?: boolean;
}

/** The names of {@link FileOptions}. */
export const fileKeys = ["mmap"] as const;

/** Bytes that views and tensors are made on, without a copy where alignment allows. Callers keep within `size`. */
export interface ByteSource {
  readonly size: number;
  /** A view of some of the bytes. */
  bytes(at: number, length: number): Uint8Array;
  /** A one-dimensional uint8 tensor on the same memory; a copy where it is not at a multiple of `width`. */
  tensor(at: number, length: number, width: number): Tensor;
  /** Some of the bytes as a source. */
  part(at: number, length: number): ByteSource;
}

/** Bytes in memory. */
export class MemorySource implements ByteSource {
  constructor(private readonly array: Uint8Array) {
    checkBytes("bytes in memory", array);
  }

  get size(): number {
    return this.array.length;
  }

  bytes(at: number, length: number): Uint8Array {
    return this.array.subarray(at, at + length);
  }

  tensor(at: number, length: number, width: number): Tensor {
    const bytes = this.bytes(at, length);
    return fromBuffer(bytes.byteOffset % width === 0 ? bytes : Uint8Array.from(bytes));
  }

  part(at: number, length: number): MemorySource {
    return new MemorySource(this.bytes(at, length));
  }
}

/** A mapped file, or a part of one: a tensor on its memory, which may be longer than JavaScript's arrays. */
class MappedSource implements ByteSource {
  constructor(private readonly flat: Tensor) {
    keep(flat);
  }

  get size(): number {
    return this.flat.numel();
  }

  bytes(at: number, length: number): Uint8Array {
    if (length === 0) return new Uint8Array();
    return scope(() => {
      const { buffer, byteOffset, byteLength } = this.flat.narrow(0, at, length).data(); // keeps the mapping
      return new Uint8Array(buffer, byteOffset, byteLength);
    });
  }

  tensor(at: number, length: number, width: number): Tensor {
    const part = this.flat.narrow(0, at, length);
    return part.storageOffset() % width === 0 ? part : part.clone(); // pages, and so the mapping, are aligned
  }

  part(at: number, length: number): MappedSource {
    return new MappedSource(this.flat.narrow(0, at, length));
  }
}

const readBytes = 2 ** 30; // one read call takes at most 2 GiB
const longestArray = 2 ** 32; // of Node.js 20

/** The bytes of a file. Throws what the file system says of a file that cannot be opened. */
export async function openBytes(where: string, path: string, options: FileOptions = {}): Promise<ByteSource> {
  checkOptions(where, options, fileKeys);
  const info = await stat(path);
  const mmap = options.mmap === true || info.size > longestArray;
  if (mmap && !info.isFile()) throw new ValueError(`${where}: expected a file to map, got ${path}, which is none.`);
  return mmap && info.size > 0 ? mapped(path, info.size) : read(path);
}

async function read(path: string): Promise<MemorySource> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const bytes = room(path, size);
    let at = 0;
    while (at < size) {
      const { bytesRead } = await file.read(bytes, at, Math.min(readBytes, size - at), at);
      if (bytesRead === 0) throw new FileFormatError(`${path}: expected ${size} bytes, got ${at}. It was shortened.`);
      at += bytesRead;
    }
    return new MemorySource(bytes);
  } finally {
    await file.close();
  }
}

function room(path: string, size: number): Uint8Array {
  try {
    return Buffer.allocUnsafeSlow(size); // all of it is read into
  } catch (cause) {
    throw new OutOfMemoryError(
      `${path}: expected memory for ${size} bytes, got none. Map the file with { mmap: true }.`,
      {
        cause,
      },
    );
  }
}

function mapped(path: string, size: number): MappedSource {
  return new MappedSource(ops.aten.from_file(path, { shared: false, size, dtype: "uint8" }));
}
