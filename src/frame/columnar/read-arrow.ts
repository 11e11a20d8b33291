/** Arrow and Feather files as frames. */
import { readFile } from "node:fs/promises";
import { FileFormatError, TorchError } from "../../torch/index.js";
import { Frame } from "../frame.js";
import { lz4Frame } from "./lz4.js";

/**
 * Reads an Arrow file or stream (also Feather, version 2), or its bytes, into a frame. 64-bit integers beyond 2^53 stay
 * exact, those with gaps become floats; decimals become floats; moments and days become dates; ordered dictionaries become
 * categories in their order, others texts.
 *
 * Throws `FileFormatError` on another file or a damaged one, and `ValueError` on a column of lists or records.
 *
 * @example
 * const df = await readArrow("rides.arrow");
 */
export async function readArrow(source: string | Uint8Array): Promise<Frame> {
  const bytes = typeof source === "string" ? await readFile(source) : source;
  const { CompressionType, setCompressionCodec, tableFromIPC } = await import("@uwdata/flechette");
  const { decompressZstd } = await import("hyparquet-compressors");
  try {
    setCompressionCodec(
      CompressionType.ZSTD,
      codec((part, size) => decompressZstd(part, new Uint8Array(size))),
    );
    setCompressionCodec(CompressionType.LZ4_FRAME, codec(lz4Frame));
    const table = tableFromIPC(bytes, { useBigInt: true });
    const rows = table.children[0]?.length;
    for (const { length, data } of table.children) {
      if (length !== rows || !data.every((batch) => length <= MOST_ROWS && batch.length <= room(batch))) {
        throw new Error("its columns do not hold the rows that it names");
      }
    }
    return Frame.from(table);
  } catch (cause) {
    if (cause instanceof TorchError) throw cause;
    const where = typeof source === "string" ? source : "the bytes";
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new FileFormatError(`readArrow: expected a whole Arrow file, got another in ${where} (${message}).`, {
      cause,
    });
  }
}

/** Rows that a column can be asked for, also when it is one of nothing but gaps. */
const MOST_ROWS = 2 ** 31;

/** The memory of successive rows of a column. */
interface ArrowBatch {
  readonly length: number;
  readonly type: { readonly typeId: number };
  readonly offsets?: { readonly length: number };
  readonly values?: { readonly length: number };
}

/** How many rows there can be in a batch: the library takes what a file says for granted. */
function room({ length, type, offsets, values }: ArrowBatch): number {
  const isBool = type.typeId === 6; // eight of them a byte
  return offsets ? offsets.length - 1 : values ? values.length * (isBool ? 8 : 1) : length;
}

/** How a compressed buffer is read. */
function codec(decode: (bytes: Uint8Array, size: number) => Uint8Array) {
  return {
    encode: (): never => {
      throw new Error("frames are read only");
    },
    decode,
  };
}
