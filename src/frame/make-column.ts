/** Columns out of JavaScript values. */
import { ValueError } from "../torch/index.js";
import { Column } from "./column.js";
import { compareLabels, DictColumn, type Label } from "./dict-column.js";
import { BigIntColumn, BoolColumn, DateColumn, NumberColumn, narrowed } from "./number-column.js";

/** What a column can be made of: typed arrays as they are, or values, with null, undefined or NaN where one is missing. */
export type ColumnLike = Column | NodeJS.TypedArray | Iterable<unknown>;

/** A column on a typed array's memory. */
export function columnOfArray(values: NodeJS.TypedArray): Column {
  if (values instanceof BigInt64Array) return integers(values);
  if (values instanceof BigUint64Array) return wideIntegers(values);
  if (values instanceof Uint8ClampedArray) return new NumberColumn(new Uint8Array(values), "int");
  if (values instanceof Float32Array || values instanceof Float64Array) return new NumberColumn(values, "float");
  if (values instanceof Uint8Array || values instanceof Int32Array || values instanceof Int16Array) {
    return new NumberColumn(values, "int");
  }
  if (values instanceof Int8Array || values instanceof Uint16Array || values instanceof Uint32Array) {
    return new NumberColumn(values, "int");
  }
  return new NumberColumn(Float32Array.from(values, Number), "float"); // half-width floats, where there are some
}

/** Integers; floats when one of them is beyond 64 bits with a sign. */
function wideIntegers(values: readonly bigint[] | BigUint64Array): Column {
  const fits = values.every((value: bigint) => BigInt.asIntN(64, value) === value);
  return fits ? integers(BigInt64Array.from(values)) : new NumberColumn(Float64Array.from(values, Number), "float");
}

/** 64-bit integers, as plain numbers when these hold them exactly. */
function integers(values: BigInt64Array): Column {
  const exact = values.every((value) => value >= -9007199254740991n && value <= 9007199254740991n);
  return exact ? intColumn(Float64Array.from(values, Number)) : new BigIntColumn(values);
}

/** Whole numbers in 32 bits where they fit, else in float64. */
export function intColumn(values: Float64Array): NumberColumn {
  return new NumberColumn(narrowed(values) ?? values.slice(), "int");
}

function kindOf(value: unknown): string {
  if (value instanceof Date) return "date";
  if (typeof value === "object" && value !== null) return value.constructor?.name ?? "object";
  return typeof value;
}

const makers: Record<string, (values: readonly unknown[]) => Column> = {
  number: numbers,
  bigint: (values) =>
    values.some((value) => value === null)
      ? numbers(values.map((value) => (value === null ? null : Number(value))))
      : wideIntegers(values as readonly bigint[]),
  boolean: (values) =>
    values.some((value) => value === null)
      ? labelled(values as readonly (boolean | null)[], "category")
      : new BoolColumn(Uint8Array.from(values, Number)),
  string: (values) => labelled(values as readonly (string | null)[], "text"),
  date: (values) =>
    new DateColumn(Float64Array.from(values, (value) => (value === null ? Number.NaN : (value as Date).getTime()))),
};

function numbers(values: readonly unknown[]): Column {
  const stored = Float64Array.from(values, (value) => (value === null ? Number.NaN : (value as number)));
  return stored.every((value) => Number.isSafeInteger(value)) ? intColumn(stored) : new NumberColumn(stored, "float");
}

function labelled(values: readonly (Label | null)[], kind: "text" | "category"): DictColumn {
  const codes = new Map<Label, number>();
  const column = Int32Array.from(values, (value) => {
    if (value === null) return -1;
    const code = codes.get(value) ?? codes.size;
    codes.set(value, code);
    return code;
  });
  const labels = [...codes.keys()];
  const made = new DictColumn(column, labels, kind);
  return kind === "category" ? made.relabel([...labels].sort(compareLabels)) : made;
}

/**
 * A column of a typed array or of values, all of one kind: numbers, bigints, booleans, texts or dates. Null, undefined and
 * NaN are missing. Truth values with gaps become categories, integers with gaps floats.
 * @throws ValueError when the values are of several kinds, naming the first of each.
 */
export function makeColumn(source: ColumnLike, where = "column"): Column {
  if (source instanceof Column) return source;
  if (ArrayBuffer.isView(source)) return columnOfArray(source as NodeJS.TypedArray);
  const values = Array.from(source as Iterable<unknown>, (value) => clean(value));
  const first = values.findIndex((value) => value !== null);
  if (first < 0) return new NumberColumn(new Float64Array(values.length).fill(Number.NaN), "float");
  const kind = kindOf(values[first]);
  const other = values.findIndex((value) => value !== null && kindOf(value) !== kind);
  const make = makers[kind];
  if (make && other < 0) return make(values);
  if (make && mixedNumbers(values)) return numbers(values.map((value) => (value === null ? null : Number(value))));
  const got =
    other < 0 ? `${kind} in row ${first}` : `${kind} in row ${first} and ${kindOf(values[other])} in row ${other}`;
  throw new ValueError(
    `${where}: expected numbers, booleans, texts or dates, all of one kind, got ${got}. Convert them first, e.g. with String.`,
  );
}

function mixedNumbers(values: readonly unknown[]): boolean {
  return values.every((value) => value === null || typeof value === "number" || typeof value === "bigint");
}

function clean(value: unknown): unknown {
  if (value === undefined || value === null || Number.isNaN(value)) return null;
  return value instanceof Date && Number.isNaN(value.getTime()) ? null : value;
}
