/** Tables by columns. */
import {
  checkOptions,
  type DType,
  nearestName,
  ShapeError,
  scope,
  stack,
  type Tensor,
  ValueError,
} from "../torch/index.js";
import type { Column, Rows, Value } from "./column.js";
import type { Inferred } from "./csv/inferred.js";
import { describeColumns } from "./describe.js";
import { columnsOf } from "./foreign.js";
import { firstRows, groupCounts, RowNumbers } from "./group.js";
import { type JoinOptions, joinColumns } from "./join.js";
import { type ColumnLike, makeColumn } from "./make-column.js";
import { sortedRows } from "./sort.js";
import { type TableOptions, tableHtml, tableOptionNames, tableText } from "./table-text.js";

/** One row: cells by column name, null where they are missing. */
export type Row = Record<string, Value>;

/** Which rows are meant: a function of the row, or one truth value (or byte) a row. */
export type RowTest = ((row: Row, i: number) => boolean) | ArrayLike<boolean | number>;

/** Columns given by name. */
export type ColumnsLike = Readonly<Record<string, ColumnLike>> | Iterable<readonly [string, ColumnLike]>;

/**
 * A table of typed columns of equal length. Methods return new frames that share what they can; only `set` changes a
 * frame. Printing one shows its first rows; so does a notebook.
 *
 * @example
 * const df = new Frame({ age: [49, 44], job: ["clerk", null] });
 * df.filter((row) => row.age === 49).row(0);   // { age: 49, job: "clerk" }
 */
export class Frame implements Iterable<Row> {
  readonly #columns = new Map<string, Column>();
  #length = 0;
  /** What `readCsv` found in each column and why; absent for other frames. */
  readonly inferred?: readonly Inferred[];

  constructor(columns: ColumnsLike = {}, { inferred }: { inferred?: readonly Inferred[] } = {}) {
    const entries = Symbol.iterator in columns ? columns : Object.entries(columns);
    for (const [name, column] of entries as Iterable<readonly [string, ColumnLike]>) this.set(name, column);
    if (inferred) this.inferred = inferred;
  }

  /** A frame of an array of objects, an Arrow table, a polars frame, a DuckDB result, or an object of columns. */
  static from(source: unknown): Frame {
    return source instanceof Frame ? source : new Frame(columnsOf(source));
  }

  /** The column names. */
  get columns(): string[] {
    return [...this.#columns.keys()];
  }

  /** How many rows there are. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of memory the columns take. */
  get bytes(): number {
    return [...this.#columns.values()].reduce((sum, column) => sum + column.bytes, 0);
  }

  /** Whether there is a column of that name. */
  has(name: string): boolean {
    return this.#columns.has(name);
  }

  /** A column by name or position. Throws `ValueError` that lists the columns when there is none. */
  column(name: string | number): Column {
    const key = typeof name === "number" ? this.columns[name] : name;
    const found = key === undefined ? undefined : this.#columns.get(key);
    if (found) return found;
    const near = nearestName(String(name), this.columns);
    const hint = near === undefined ? "" : ` Did you mean "${near}"?`;
    throw new ValueError(`Frame: expected a column among ${this.columns.join(", ")}, got "${name}".${hint}`);
  }

  /** One row as an object. */
  row(i: number): Row {
    if (!(i >= 0 && i < this.#length)) {
      throw new ValueError(`Frame.row: expected a position below ${this.#length}, got ${i}.`);
    }
    const row: Row = {};
    for (const [name, column] of this.#columns) row[name] = column.get(i);
    return row;
  }

  *[Symbol.iterator](): Generator<Row> {
    for (let i = 0; i < this.#length; i++) yield this.row(i);
  }

  /** All rows as objects. */
  toObjects(): Row[] {
    return [...this];
  }

  /** Puts a column in its place, or at the end, in this very frame. Throws `ShapeError` on another length. */
  set(name: string, values: ColumnLike): this {
    const column = makeColumn(values, `the column "${name}"`);
    const others = this.#columns.size - (this.#columns.has(name) ? 1 : 0);
    if (others > 0 && column.length !== this.#length) {
      throw new ShapeError(`Frame: expected ${this.#length} rows in the column "${name}", got ${column.length}.`);
    }
    this.#length = column.length;
    this.#columns.set(name, column);
    return this;
  }

  /** The same columns in a frame of its own. */
  copy(): Frame {
    return new Frame(this.#columns);
  }

  /** A copy with one more column, or another in its place: values, or a function of each row. */
  with(name: string, values: ColumnLike | ((row: Row, i: number) => Value)): Frame {
    return this.copy().set(name, typeof values === "function" ? this.toObjects().map(values) : values);
  }

  /** These columns, in this order. */
  select(names: readonly string[]): Frame {
    return new Frame(names.map((name): [string, Column] => [name, this.column(name)]));
  }

  /** All columns but these. */
  drop(names: string | readonly string[]): Frame {
    const gone = [names].flat();
    for (const name of gone) this.column(name);
    return this.select(this.columns.filter((name) => !gone.includes(name)));
  }

  /** Other names for some columns. */
  rename(names: Readonly<Record<string, string>>): Frame {
    for (const name of Object.keys(names)) this.column(name);
    return new Frame([...this.#columns].map(([name, column]): [string, Column] => [names[name] ?? name, column]));
  }

  /** The rows at these positions, in this order. */
  take(rows: Rows): Frame {
    return this.#map((column) => column.take(rows));
  }

  /** The rows from `start` up to, not including, `end`, on the same memory. Negative counts from the end. */
  slice(start: number, end?: number): Frame {
    return this.#map((column) => column.slice(start, end));
  }

  /** The first rows. */
  head(n = 5): Frame {
    return this.slice(0, n);
  }

  /** The last rows. */
  tail(n = 5): Frame {
    return this.slice(Math.max(0, this.#length - n));
  }

  /** The rows for which the test holds. */
  filter(test: RowTest): Frame {
    const holds = typeof test === "function" ? (i: number) => test(this.row(i), i) : (i: number) => Boolean(test[i]);
    const rows: number[] = [];
    for (let i = 0; i < this.#length; i++) if (holds(i)) rows.push(i);
    return this.take(rows);
  }

  /** The rows in the order of some columns, missing values last; equal rows stay in sequence. */
  sort(by: string | readonly string[], options: { descending?: boolean | readonly boolean[] } = {}): Frame {
    checkOptions("sort", options, ["descending"]);
    const { descending = false } = options;
    const keys = [by].flat().map((name, k) => ({
      values: this.column(name).order(),
      descending: Array.isArray(descending) ? descending[k] === true : descending === true,
    }));
    return this.take(sortedRows(keys, this.#length));
  }

  /** This frame's rows with the columns of the one row of `other` that has the same key. See {@link JoinOptions}. */
  join(other: Frame, options: JoinOptions): Frame {
    return new Frame(joinColumns(this.#columns, other.#columns, options));
  }

  /** The distinct rows of some columns, the most frequent first, and a column `count`. */
  groupCounts(by: string | readonly string[]): Frame {
    const keys = this.select([by].flat());
    const { rows, counts } = groupCounts(keys.#columns);
    return keys.take(rows).set("count", counts);
  }

  /** The distinct values of a column as they are met, missing ones left out. */
  unique(name: string): Value[] {
    const column = this.column(name);
    const rows = firstRows(new RowNumbers(1).of([column]));
    return rows.map((row) => column.get(row)).filter((value) => value !== null);
  }

  /** One row a column: kind, missing cells, mean, deviation, quartiles, or the most frequent text. */
  describe(): Frame {
    return new Frame(describeColumns(this.#columns));
  }

  /** The columns side by side, [rows, columns]. Throws on a column of text. */
  toTensor(names: readonly string[] = this.columns, options: { dtype?: DType } = {}): Tensor {
    checkOptions("toTensor", options, ["dtype"]);
    const { dtype = "float32" } = options;
    const columns = names.map((name) => {
      const column = this.column(name);
      if (column.kind !== "text") return column;
      throw new ValueError(`Frame.toTensor: expected numbers, got text in the column "${name}". Use Categorify.`);
    });
    return scope(() =>
      stack(
        columns.map((column) => column.toTensor().to(dtype)),
        1,
      ),
    );
  }

  /** The first rows as text with aligned columns. */
  toString(options: TableOptions = {}): string {
    checkOptions("toString", options, tableOptionNames);
    return tableText(this.#columns, this.#length, options);
  }

  /** The first rows as an HTML table. */
  toHTML(options: TableOptions = {}): string {
    checkOptions("toHTML", options, tableOptionNames);
    return tableHtml(this.#columns, this.#length, options);
  }

  /** What a notebook shows. */
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return { "text/plain": this.toString(), "text/html": this.toHTML() };
  }

  /** What console.log shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  #map(change: (column: Column) => Column): Frame {
    return new Frame([...this.#columns].map(([name, column]): [string, Column] => [name, change(column)]));
  }
}
