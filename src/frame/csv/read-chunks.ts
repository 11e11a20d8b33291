/** CSV files larger than memory, a piece at a time. */
import { open } from "node:fs/promises";
import { OptionError, ValueError } from "../../torch/index.js";
import type { Frame } from "../frame.js";
import { type CsvOptions, checkCsvOptions } from "./csv-options.js";
import { byteOrderMark, decoderFor } from "./encoding.js";
import { type CsvLayout, CsvReader } from "./read-csv.js";
import { fileRoom } from "./scanner.js";

/** Settings of `readCsvChunks`. */
export interface CsvChunkOptions extends CsvOptions {
  /** About how many bytes of the file a frame holds. Default 64 MiB. */
  chunkBytes?: number;
}

/**
 * Reads a CSV file of any size as frames of successive rows. The first frame decides which columns are numbers; text in
 * one of them further on is an error that names column and row, unless `types` says what the column is.
 *
 * @example
 * for await (const df of readCsvChunks("big.csv")) console.log(df.length);
 */
export async function* readCsvChunks(path: string, options: CsvChunkOptions = {}): AsyncGenerator<Frame> {
  const { chunkBytes = 2 ** 26, ...csv } = options;
  checkCsvOptions("readCsvChunks", csv);
  if (csv.rows !== undefined) throw new OptionError("readCsvChunks: expected no { rows }. Stop the loop instead.");
  if (!(chunkBytes >= 16 && chunkBytes <= 2 ** 30)) {
    throw new ValueError(`readCsvChunks: expected chunkBytes from 16 to 2^30, got ${chunkBytes}.`);
  }
  let layout: CsvLayout | null = null;
  let left: Uint8Array = new Uint8Array(0);
  let rows = 0;
  for await (const { piece, final } of pieces(path, chunkBytes, csv.encoding ?? "utf-8")) {
    const reader = new CsvReader(Buffer.concat([left, piece]), { ...csv, encoding: "utf-8" }, { final });
    let start = 0;
    if (!layout) ({ layout, start } = reader.layout(reader.afterLines()));
    const { frame, end } = reader.rows(layout, start, { final, firstRow: rows });
    left = reader.bytes.subarray(end);
    rows += frame.length;
    if (frame.length === 0) continue;
    if (layout.plans.some(({ kind }) => kind === undefined)) {
      layout = {
        ...layout,
        plans: layout.plans.map((plan) => ({ ...plan, kind: plan.kind ?? kindFor(frame, plan.name) })),
      };
    }
    yield frame;
  }
}

/** Whole numbers may go on as others, and truth values as text. */
function kindFor(frame: Frame, name: string): "float" | "text" | "date" {
  const { kind } = frame.column(name);
  if (kind === "int" || kind === "float") return "float";
  return kind === "date" ? "date" : "text";
}

/** The file's bytes in UTF-8, without a byte-order mark. */
async function* pieces(
  path: string,
  size: number,
  encoding: string,
): AsyncGenerator<{ piece: Uint8Array; final: boolean }> {
  const file = await open(path);
  try {
    let decoder: ReturnType<typeof decoderFor> | null | undefined;
    for (;;) {
      const { buffer, bytesRead } = await file.read(fileRoom(size), 0, size);
      const final = bytesRead === 0;
      let piece: Uint8Array = buffer.subarray(0, bytesRead);
      if (decoder === undefined) {
        const mark = byteOrderMark(piece);
        const made = decoderFor(mark?.encoding ?? encoding);
        decoder = made.encoding === "utf-8" ? null : made;
        if (!decoder) piece = piece.subarray(mark?.length ?? 0);
      }
      yield { piece: decoder ? Buffer.from(decoder.decode(piece, { stream: !final })) : piece, final };
      if (final) return;
    }
  } finally {
    await file.close();
  }
}
