/** A named column's values without the name: typed, with missing values, one element of memory a row. */
import type { Tensor } from "../torch/index.js";

/** What a column holds. `text` has categories by accident, `category` by intent, in a given order. */
export type ColumnKind = "int" | "float" | "bool" | "text" | "category" | "date";

/** One cell as a JavaScript value; null where it is missing. Integers beyond 2^53 are bigints. */
export type Value = number | string | boolean | bigint | Date | null;

/** Positions of rows. */
export type Rows = ArrayLike<number>;

/** Values of one kind, never changed once made: other frames may share them. */
export abstract class Column {
  abstract readonly kind: ColumnKind;
  abstract readonly length: number;
  /** Bytes of memory its values take. */
  abstract readonly bytes: number;
  /** The cell of a row; null where it is missing or there is no such row. */
  abstract get(row: number): Value;
  /** Whether the cell of a row is missing. */
  abstract isMissing(row: number): boolean;
  /** The column of these rows, in this order; a position of -1 gives a missing value. */
  abstract take(rows: Rows): Column;
  /** The rows from `start` up to, not including, `end`, on the same memory. */
  abstract slice(start: number, end?: number): Column;
  /** A number for each row that orders as the values do; NaN where they are missing. */
  abstract order(): ArrayLike<number>;
  /** The same as doubles, on the same memory where they are stored so: loops over one kind of array are fast. */
  doubles(): Float64Array {
    const order = this.order();
    return order instanceof Float64Array ? order : new Float64Array(order);
  }
  /** One tensor with an element a row; its dtype follows the kind. */
  abstract toTensor(): Tensor;

  /** How many cells are missing. */
  get missing(): number {
    let count = 0;
    for (let row = 0; row < this.length; row++) if (this.isMissing(row)) count += 1;
    return count;
  }

  /** The first row whose cell is missing; -1 when none is. */
  firstMissing(): number {
    for (let row = 0; row < this.length; row++) if (this.isMissing(row)) return row;
    return -1;
  }

  /** One byte a row: 1 where there is a value, 0 where it is missing. */
  validity(): Uint8Array {
    const valid = new Uint8Array(this.length);
    for (let row = 0; row < valid.length; row++) valid[row] = this.isMissing(row) ? 0 : 1;
    return valid;
  }

  *[Symbol.iterator](): Generator<Value> {
    for (let row = 0; row < this.length; row++) yield this.get(row);
  }
}

/** A value in a table or a message: dates without a time as a day, numbers with six significant digits. */
export function cellText(value: Value): string {
  if (value === null) return "";
  if (value instanceof Date) return dateText(value);
  if (typeof value !== "number" || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(6)));
}

/** A day as 2024-02-29, with the time when it is not midnight. All times are UTC. */
export function dateText(date: Date): string {
  const iso = date.toISOString();
  if (iso.endsWith("T00:00:00.000Z")) return iso.slice(0, -14);
  return iso.replace("T", " ").replace(/(\.000)?Z$/, "");
}
