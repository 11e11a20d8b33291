/** Tables of other libraries, recognised by what they offer. */
import { ValueError } from "../torch/index.js";
import type { Column } from "./column.js";
import { categories } from "./dict-column.js";
import { type ColumnLike, columnOfArray, makeColumn } from "./make-column.js";

/** A column of another library: Arrow vectors, polars series. */
interface ForeignColumn {
  readonly length: number;
  readonly nullCount?: number | (() => number);
  readonly type?: unknown;
  /** The batches of an Arrow column; those of a dictionary column know its values. */
  readonly data?: readonly { readonly dictionary?: { toArray(): ArrayLike<unknown> } }[];
  toArray?(): unknown;
  get?(row: number): unknown;
}

/** What Arrow's libraries say of a column. */
interface ArrowType {
  readonly typeId: number;
  /** What a dictionary's values are. */
  readonly dictionary?: ArrowType;
  /** Whether the order of a dictionary means something; two libraries have two names for it. */
  readonly ordered?: boolean;
  readonly isOrdered?: boolean;
}

/** Numbers of Arrow's types, the same in all its libraries. */
const arrowTypes = { dictionary: -1, int: 2, float: 3, date: 8, timestamp: 10 };
/** Those of lists, records, unions and maps. */
const nestedTypes: readonly number[] = [12, 13, 14, 16, 17, 21, 25, 26];

/** An Arrow table. */
interface ArrowLike {
  readonly schema: { readonly fields: readonly { readonly name: string }[] };
  getChild(name: string): ForeignColumn | null;
}

/** A polars data frame. */
interface PolarsLike {
  readonly columns: readonly string[];
  getColumn(name: string): ForeignColumn;
}

/** The result of a DuckDB query, read to its end. */
interface DuckLike {
  columnNames(): readonly string[];
  getColumns(): readonly (readonly unknown[])[];
}

function offers<T>(source: object, ...names: readonly string[]): source is T & object {
  return names.every((name) => Reflect.get(source, name) !== undefined);
}

/** DuckDB's and Arrow's own value classes, as the values they stand for. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  const { micros, days } = value as { micros?: bigint; days?: number };
  if (typeof micros === "bigint") return new Date(Number(micros / 1000n));
  if (typeof days === "number") return new Date(days * 86_400_000);
  const { toDouble } = value as { toDouble?: () => number };
  return typeof toDouble === "function" ? toDouble.call(value) : String(value);
}

function arrowType({ type }: ForeignColumn): ArrowType | null {
  return typeof type === "object" && type !== null && typeof Reflect.get(type, "typeId") === "number"
    ? (type as ArrowType) // it has the number by which Arrow's types are told apart
    : null;
}

/** Moments come as numbers, in dictionaries too. */
function isTime({ typeId, dictionary }: ArrowType): boolean {
  if (dictionary) return isTime(dictionary);
  return typeId === arrowTypes.date || typeId === arrowTypes.timestamp;
}

/** The values of an ordered dictionary, in their order. */
function orderedLabels(column: ForeignColumn): readonly string[] | null {
  const type = arrowType(column);
  if (type?.typeId !== arrowTypes.dictionary || !(type.ordered ?? type.isOrdered) || isTime(type)) return null;
  const last = column.data?.findLast((batch) => batch.dictionary)?.dictionary; // the most complete one
  return last ? Array.from(last.toArray(), String) : null;
}

function foreignColumn(column: ForeignColumn, where: string): Column {
  const { nullCount } = column;
  const gaps = typeof nullCount === "function" ? nullCount.call(column) : nullCount;
  const type = arrowType(column);
  const id = type?.typeId;
  if (id !== undefined && nestedTypes.includes(id)) {
    throw new ValueError(`Frame.from: expected plain columns, got lists or records in ${where}. Leave it out.`);
  }
  const isNumber = id === undefined || id === arrowTypes.int || id === arrowTypes.float;
  const array = gaps === 0 && isNumber ? column.toArray?.() : undefined;
  if (ArrayBuffer.isView(array)) {
    return columnOfArray((array as Float64Array).slice()); // its own memory belongs to the other library
  }
  const areTimes = type !== null && isTime(type);
  const values = Array.from({ length: column.length }, (_, row) => {
    const value = column.get ? column.get(row) : (array as readonly unknown[] | undefined)?.[row];
    return areTimes && typeof value === "number" ? new Date(value) : plain(value);
  });
  const labels = orderedLabels(column);
  return labels ? categories(values as string[], labels) : makeColumn(values, where);
}

/** Columns by name out of an array of objects. A name that an object lacks is a missing cell. */
function fromObjects(rows: readonly object[]): [string, Column][] {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  return [...names].map((name) => [
    name,
    makeColumn(
      rows.map((row) => Reflect.get(row, name)),
      `the column "${name}"`,
    ),
  ]);
}

/**
 * The columns of anything that is a table: an array of objects, an Arrow table, a polars frame, a DuckDB result, or an
 * object (or Map, or entries) of columns by name.
 */
export function columnsOf(source: unknown): [string, ColumnLike][] {
  if (Array.isArray(source)) {
    if (source.every((row) => Array.isArray(row) && row.length === 2 && typeof row[0] === "string")) return source;
    const wrong = source.findIndex((row) => typeof row !== "object" || row === null);
    if (wrong < 0) return fromObjects(source);
    throw new ValueError(`Frame.from: expected an array of objects, got ${typeof source[wrong]} at ${wrong}.`);
  }
  if (typeof source !== "object" || source === null) {
    throw new ValueError(`Frame.from: expected a table, got ${source === null ? "null" : typeof source}.`);
  }
  if (offers<ArrowLike>(source, "schema", "getChild")) {
    return source.schema.fields.map(({ name }) => [name, named(name, source.getChild(name))]);
  }
  if (offers<PolarsLike>(source, "columns", "getColumn")) {
    return source.columns.map((name) => [name, named(name, source.getColumn(name))]);
  }
  if (offers<DuckLike>(source, "columnNames", "getColumns")) {
    const columns = source.getColumns();
    return source.columnNames().map((name, i) => [name, makeColumn((columns[i] ?? []).map(plain), `"${name}"`)]);
  }
  if (source instanceof Map) return [...source];
  return Object.entries(source);
}

function named(name: string, column: ForeignColumn | null): Column {
  if (column) return foreignColumn(column, `the column "${name}"`);
  throw new ValueError(`Frame.from: expected the column "${name}" in the table, which names it but does not have it.`);
}
