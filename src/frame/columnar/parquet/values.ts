/** Columns out of the values of Parquet files. */
import type { SchemaElement } from "hyparquet";
import type { Column } from "../../column.js";
import { columnOfArray, makeColumn } from "../../make-column.js";
import { DateColumn, NumberColumn } from "../../number-column.js";
import { mostValues } from "../growth.js";
import { unexpected } from "../unexpected.js";
import { MOST_DECIMAL_BYTES, type Piece } from "./chunk.js";

/** The column of these values, of which `count` are taken. Throws `FileFormatError` when there are not as many. */
export function columnOf(element: SchemaElement, pieces: readonly Piece[], count: number): Column {
  const found = pieces.reduce((sum, values) => sum + values.length, 0);
  if (found < count) throw unexpected(`${count} rows in "${element.name}"`, found);
  const values = joined(pieces, count);
  if (isTime(element)) return new DateColumn(Float64Array.from(values as number[], (time) => time ?? Number.NaN));
  if (element.converted_type === "DECIMAL") return decimals(values, element.scale ?? 0);
  const given = isUnsigned(element) ? unsigned(values) : values;
  return ArrayBuffer.isView(given) ? columnOfArray(given as NodeJS.TypedArray) : makeColumn(given, `"${element.name}"`);
}

/** The pieces as one array: a typed one when all are of the same kind. */
function joined(pieces: readonly Piece[], count: number): readonly unknown[] | NodeJS.TypedArray {
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
  const most = mostValues();
  if (count > most) throw unexpected(`up to ${most} rows of values that are no numbers without gaps`, count);
  const out: unknown[] = [];
  for (const piece of pieces) for (let i = 0; i < piece.length && out.length < count; i++) out.push(piece[i]);
  return out;
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
function decimals(values: ArrayLike<unknown>, scale: number): NumberColumn {
  const factor = 10 ** scale;
  const exact = (value: unknown): number => {
    if (value === undefined || value === null) return Number.NaN;
    if (value instanceof Uint8Array) return Number(integerOf(value)) / factor;
    const digits = Math.round(Number(value) * factor);
    return Number.isSafeInteger(digits) && scale <= 22 ? digits / factor : Number(value);
  };
  return new NumberColumn(Float64Array.from(values, exact), "float");
}

/** The integer of these bytes, the highest first. Throws `FileFormatError` when there are too many. */
function integerOf(bytes: Uint8Array): bigint {
  if (bytes.length > MOST_DECIMAL_BYTES) throw unexpected(`decimals of ${MOST_DECIMAL_BYTES} bytes`, bytes.length);
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(8 * bytes.length, value);
}
