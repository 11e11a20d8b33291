/** Parquet files as frames. */
import { type FileHandle, open, stat } from "node:fs/promises";
import { checkOptions, FileFormatError, TorchError } from "../../torch/index.js";
import { Frame } from "../frame.js";
import type { Source } from "./parquet/table.js";
import { unexpected } from "./unexpected.js";

/** Settings of `readParquet`. */
export interface ParquetOptions {
  /** The only columns that are read. Default: all. */
  columns?: readonly string[];
  /** Rows at most, from the first on. Default: all. */
  rows?: number;
}

/** Files up to this size, in bytes, are read at once: their columns may lie in thousands of pieces. */
const SMALL = 2 ** 24;

/**
 * Reads a Parquet file, or its bytes, into a frame, whatever its compression. Only the parts of the columns that are asked
 * for are read. 64-bit integers beyond 2^53 stay exact, those with gaps become floats; decimals become floats; moments and
 * days become dates.
 *
 * Throws `FileFormatError` on another file or a damaged one, and `ValueError` on a column of lists or records.
 *
 * @example
 * const df = await readParquet("rides.parquet", { columns: ["day", "count"] });
 */
export async function readParquet(source: string | Uint8Array, options: ParquetOptions = {}): Promise<Frame> {
  checkOptions("readParquet", options, ["columns", "rows"]);
  if (typeof source !== "string") return readFrame("the bytes", inMemory(source), options);
  const { size } = await stat(source);
  const file = await open(source);
  try {
    const whole: Source = { size, read: (start, end) => readPart(file, start, end) };
    return await readFrame(source, size > SMALL ? whole : inMemory(await file.readFile()), options);
  } finally {
    await file.close();
  }
}

function inMemory(bytes: Uint8Array): Source {
  // Copies: what holds the bytes may be larger than they are, or be shared with other threads.
  return { size: bytes.length, read: async (start, end) => new Uint8Array(bytes.subarray(start, end)) };
}

async function readPart(file: FileHandle, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const { buffer, bytesRead } = await file.read(new Uint8Array(end - start), 0, end - start, start);
  if (bytesRead < end - start) throw unexpected(`${end} bytes`, start + bytesRead);
  return buffer;
}

async function readFrame(where: string, source: Source, options: ParquetOptions): Promise<Frame> {
  const { readColumns } = await import("./parquet/table.js"); // the library is loaded by those who read such files
  try {
    return new Frame(await readColumns(source, options));
  } catch (cause) {
    if (cause instanceof TorchError && !(cause instanceof FileFormatError)) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new FileFormatError(`readParquet: expected a whole Parquet file, got another in ${where} (${message}).`, {
      cause,
    });
  }
}
