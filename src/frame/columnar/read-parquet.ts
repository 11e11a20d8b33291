/** Parquet files as frames. */
import { open, stat } from "node:fs/promises";
import type { AsyncBuffer, SchemaElement } from "hyparquet";
import { checkOptions, FileFormatError, ValueError } from "../../torch/index.js";
import type { Column } from "../column.js";
import { Frame } from "../frame.js";
import { columnOfArray, makeColumn } from "../make-column.js";
import { DateColumn, NumberColumn } from "../number-column.js";
import { lz4Raw } from "./lz4.js";

/** Settings of `readParquet`. */
export interface ParquetOptions {
  /** The only columns that are read. Default: all. */
  columns?: readonly string[];
  /** Rows at most, from the first on. Default: all. */
  rows?: number;
}

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
  const where = typeof source === "string" ? source : "the bytes";
  if (typeof source !== "string") return read(memory(source), where, options);
  const { size } = await stat(source);
  const file = await open(source);
  try {
    const slice = async (start: number, end = size) => {
      const { buffer, bytesRead } = await file.read(new Uint8Array(end - start), 0, end - start, start);
      return buffer.buffer.slice(0, bytesRead);
    };
    return await read({ byteLength: size, slice }, where, options);
  } finally {
    await file.close();
  }
}

function memory(bytes: Uint8Array): AsyncBuffer {
  // A copy: what holds the bytes may be larger than they are, or be shared with other threads.
  const slice = (start: number, end?: number) => Uint8Array.from(bytes.subarray(start, end)).buffer;
  return { byteLength: bytes.length, slice };
}

/** What the library gives for moments: numbers instead of an object each. */
const parsers = {
  timestampFromMilliseconds: (time: bigint) => Number(time),
  timestampFromMicroseconds: (time: bigint) => Number(time) / 1e3,
  timestampFromNanoseconds: (time: bigint) => Number(time / 1000n) / 1e3,
  dateFromDays: (days: number | undefined) => (days === undefined ? Number.NaN : days * 86_400_000),
};

async function read(file: AsyncBuffer, where: string, { columns, rows }: ParquetOptions): Promise<Frame> {
  const { parquetMetadataAsync, parquetRead, parquetSchema } = await import("hyparquet");
  const { compressors } = await import("hyparquet-compressors");
  const metadata = await orDamaged(where, () => parquetMetadataAsync(file));
  const fields = parquetSchema(metadata).children;
  const names = columns ?? fields.map(({ element }) => element.name);
  const chosen = names.map((name) => {
    const field = fields.find(({ element }) => element.name === name);
    if (!field)
      throw unknown(
        name,
        fields.map(({ element }) => element.name),
      );
    if (field.children.length === 0 && field.element.repetition_type !== "REPEATED") return field.element;
    throw new ValueError(
      `readParquet: expected plain columns, got lists or records in "${name}". Leave it out: name the others in { columns }.`,
    );
  });
  const count = Math.min(rows ?? Number.POSITIVE_INFINITY, Number(metadata.num_rows));
  const pieces = new Map<string, Piece[]>(names.map((name) => [name, []]));
  if (count > 0 && names.length > 0) {
    await orDamaged(where, () =>
      parquetRead({
        ...{ file, metadata, parsers, columns: [...names], rowEnd: count },
        compressors: { ...compressors, LZ4_RAW: lz4Raw },
        onChunk: ({ columnName, columnData, rowStart }) => {
          pieces.get(columnName)?.push({ start: rowStart, values: columnData });
        },
      }),
    );
  }
  return new Frame(
    chosen.map((element): [string, Column] => {
      const { name } = element;
      const parts = (pieces.get(name) ?? []).sort((a, b) => a.start - b.start);
      const found = parts.reduce((sum, { values }) => sum + values.length, 0);
      if (found < count) throw damaged(where, new Error(`${found} of ${count} rows in "${name}"`));
      return [
        name,
        columnFor(
          element,
          joined(
            parts.map(({ values }) => values),
            count,
          ),
        ),
      ];
    }),
  );
}

/** Values of successive rows of a column. */
interface Piece {
  readonly start: number;
  readonly values: ArrayLike<unknown>;
}

function unknown(name: string, known: readonly string[]): ValueError {
  const list = known.slice(0, 20).join(", ");
  return new ValueError(`readParquet: expected a column among ${list}, got "${name}". Check the names in { columns }.`);
}

async function orDamaged<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw damaged(where, cause);
  }
}

function damaged(where: string, cause: unknown): FileFormatError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new FileFormatError(`readParquet: expected a whole Parquet file, got another in ${where} (${message}).`, {
    cause,
  });
}

/** The pieces as one array: a typed one when all are of the same kind. */
function joined(pieces: readonly ArrayLike<unknown>[], count: number): readonly unknown[] | NodeJS.TypedArray {
  const [first] = pieces;
  if (first && ArrayBuffer.isView(first) && pieces.every((piece) => piece.constructor === first.constructor)) {
    const Class = first.constructor as new (length: number) => Float64Array;
    const out = new Class(count);
    let at = 0;
    for (const piece of pieces as unknown as Float64Array[]) {
      out.set(piece.subarray(0, count - at), at);
      at += piece.length;
    }
    return out;
  }
  return pieces.flatMap((piece) => Array.from(piece)).slice(0, count);
}

function columnFor(element: SchemaElement, values: readonly unknown[] | NodeJS.TypedArray): Column {
  if (isTime(element)) return new DateColumn(Float64Array.from(values as number[], (time) => time ?? Number.NaN));
  if (element.converted_type === "DECIMAL") return decimals(values as number[], element.scale ?? 0);
  const given = isUnsigned(element) ? unsigned(values) : values;
  return ArrayBuffer.isView(given) ? columnOfArray(given as NodeJS.TypedArray) : makeColumn(given, `"${element.name}"`);
}

function isUnsigned({ converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  return /^UINT_(32|64)$/.test(converted ?? "") || (logical?.type === "INTEGER" && !logical.isSigned);
}

/** The same bits without a sign: the library leaves those out of a dictionary as they are stored. */
function unsigned(values: readonly unknown[] | NodeJS.TypedArray): readonly unknown[] | NodeJS.TypedArray {
  if (values instanceof BigInt64Array) return new BigUint64Array(values.buffer, values.byteOffset, values.length);
  if (values instanceof Int32Array) return new Uint32Array(values.buffer, values.byteOffset, values.length);
  if (ArrayBuffer.isView(values)) return values;
  return (values as readonly unknown[]).map((value) => {
    if (typeof value === "bigint") return BigInt.asUintN(64, value);
    return typeof value === "number" && value < 0 ? value >>> 0 : value;
  });
}

function isTime({ type, converted_type: converted = "UTF8", logical_type: logical }: SchemaElement): boolean {
  return /^(DATE|TIMESTAMP)/.test(converted) || /^(DATE|TIMESTAMP)/.test(logical?.type ?? "") || type === "INT96";
}

/** Decimals to the nearest double: the library multiplies by a power of ten that is not exact. */
function decimals(values: ArrayLike<number | undefined>, scale: number): NumberColumn {
  const factor = 10 ** scale;
  const exact = (value: number | undefined) => {
    if (value === undefined || value === null) return Number.NaN;
    const digits = Math.round(value * factor);
    return Number.isSafeInteger(digits) && scale <= 22 ? digits / factor : value;
  };
  return new NumberColumn(Float64Array.from(values, exact), "float");
}
