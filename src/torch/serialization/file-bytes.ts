/** A whole file as bytes: read, or mapped into memory. */
import { open, stat } from "node:fs/promises";
import { checkOptions, FileFormatError, OutOfMemoryError, ValueError } from "../errors.js";
import { ops } from "../ops.js";
import { scope } from "../scope.js";

/** Options of functions that read a file. */
export interface FileOptions {
  /**
   * Maps the file instead of reading it: the tensors are views of the file, whose pages come from the disk when they are
   * first used. Changes of the tensors stay in memory. The file must not be shortened while tensors of it live (to put a
   * new one in its place, as the functions that save do, is fine). Default false.
   */
  mmap?: boolean;
}

/** The names of {@link FileOptions}. */
export const fileKeys = ["mmap"] as const;

const readBytes = 2 ** 30; // one read call takes at most 2 GiB

/** The bytes of a file. Throws what the file system says of a file that cannot be opened. */
export async function fileBytes(where: string, path: string, options: FileOptions = {}): Promise<Uint8Array> {
  checkOptions(where, options, fileKeys);
  return options.mmap === true ? mapped(where, path) : read(path);
}

async function read(path: string): Promise<Uint8Array> {
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
    return bytes;
  } finally {
    await file.close();
  }
}

function room(path: string, size: number): Uint8Array {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw new OutOfMemoryError(
      `${path}: expected memory for ${size} bytes, got none. Map the file with { mmap: true }.`,
      {
        cause,
      },
    );
  }
}

async function mapped(where: string, path: string): Promise<Uint8Array> {
  const info = await stat(path);
  if (!info.isFile()) throw new ValueError(`${where}: expected a file to map, got ${path}, which is none.`);
  if (info.size === 0) return new Uint8Array();
  return scope(() => {
    const whole = ops.aten.from_file(path, { shared: false, size: info.size, dtype: "uint8" });
    const { buffer, byteOffset, byteLength } = whole.data(); // keeps the mapping
    return new Uint8Array(buffer, byteOffset, byteLength);
  });
}
