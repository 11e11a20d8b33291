/** Any column as a list of distinct values and a number a row. */
import { type Column, cellText } from "./column.js";
import { DictColumn, type Label } from "./dict-column.js";
import { BoolColumn, NumberColumn } from "./number-column.js";
import { rangeOf } from "./range.js";

/** Widest range of whole numbers that are looked up in a table rather than a map. */
const TABLE_SIZE = 2 ** 20;

/** The column's cells as labels: numbers and truth values as they are, dates and 64-bit integers as text. */
export function toLabels(column: Column): DictColumn {
  if (column instanceof DictColumn) return column;
  if (column instanceof BoolColumn) return new DictColumn(new Int32Array(column.values), [false, true]);
  if (column instanceof NumberColumn) return numberLabels(column);
  const codes = new Map<string, number>();
  const rows = Int32Array.from(column, (value) => (value === null ? -1 : codeFor(codes, cellText(value))));
  return new DictColumn(rows, [...codes.keys()]);
}

function codeFor<K>(codes: Map<K, number>, key: K): number {
  const code = codes.get(key);
  if (code !== undefined) return code;
  codes.set(key, codes.size);
  return codes.size - 1;
}

function numberLabels(column: NumberColumn): DictColumn {
  const { kind } = column;
  const values = column.doubles();
  if (kind === "int" && values.length > 0) {
    const [low, high] = rangeOf(column.doubles());
    if (high - low < TABLE_SIZE) return smallLabels(values, low, high - low + 1);
  }
  const codes = new Map<number, number>();
  const rows = new Int32Array(values.length);
  for (let row = 0; row < rows.length; row++) {
    const value = values[row] as number; // in range by the loop
    rows[row] = Number.isNaN(value) ? -1 : codeFor(codes, value);
  }
  return new DictColumn(rows, [...codes.keys()]);
}

/** Whole numbers of a small range: the ones that occur, ascending. */
function smallLabels(values: Float64Array, low: number, size: number): DictColumn {
  const table = new Int32Array(size).fill(-1);
  mark(values, low, table);
  const labels: Label[] = [];
  for (let place = 0; place < size; place++) if (table[place] === 0) table[place] = labels.push(place + low) - 1;
  return new DictColumn(looked(values, low, table), labels);
}

// One long loop a function: of several in one, the engine optimises the first and gives up what it made at the next.

function mark(values: Float64Array, low: number, table: Int32Array): void {
  for (let row = 0; row < values.length; row++) table[(values[row] as number) - low] = 0; // in range by the loop
}

function looked(values: Float64Array, low: number, table: Int32Array): Int32Array {
  const codes = new Int32Array(values.length);
  for (let row = 0; row < codes.length; row++) codes[row] = table[(values[row] as number) - low] as number;
  return codes;
}
