/** Arrow and Feather files as frames. */
import { readFile } from "node:fs/promises";
import { FileFormatError, TorchError } from "../../torch/index.js";
import { Frame } from "../frame.js";

/**
 * Reads an Arrow file or stream (also Feather, version 2), or its bytes, into a frame. 64-bit integers beyond 2^53 stay
 * exact, those with gaps become floats; decimals become floats; moments and days become dates; bytes become texts; ordered
 * dictionaries become categories in their order, others texts.
 *
 * Throws `FileFormatError` on another file or a damaged one, and `ValueError` on a column of lists or records.
 *
 * @example
 * const df = await readArrow("rides.arrow");
 */
export async function readArrow(source: string | Uint8Array): Promise<Frame> {
  const bytes = typeof source === "string" ? await readFile(source) : source;
  const { readTable } = await import("./arrow/table.js"); // the library is loaded by those who read such files
  try {
    return Frame.from(readTable(ownBytes(bytes)));
  } catch (cause) {
    if (cause instanceof TorchError && !(cause instanceof FileFormatError)) throw cause;
    const where = typeof source === "string" ? source : "the bytes";
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new FileFormatError(`readArrow: expected a whole Arrow file, got another in ${where} (${message}).`, {
      cause,
    });
  }
}

/** The bytes as a plain array; a copy where other threads could change them behind the checks. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.buffer instanceof SharedArrayBuffer
    ? new Uint8Array(bytes)
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
