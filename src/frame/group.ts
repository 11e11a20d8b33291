/** Rows that are alike in some columns. */
import { type Column, cellText, type Value } from "./column.js";
import { DictColumn } from "./dict-column.js";
import { intColumn } from "./make-column.js";

/** Columns by name. */
export type Columns = ReadonlyMap<string, Column>;

/** A value in a form that `Map` compares: equal dates are one key. */
function keyOf(value: Value): unknown {
  return value instanceof Date ? value.getTime() : value;
}

/** Gives every row a number, the same for rows that are alike; the same object numbers rows of several frames alike. */
export class RowNumbers {
  readonly #places: Map<unknown, number>[];
  readonly #combined: Map<number, number>[];

  constructor(width: number) {
    this.#places = Array.from({ length: width }, () => new Map<unknown, number>());
    this.#combined = Array.from({ length: width }, () => new Map<number, number>());
  }

  /** The number of each row. `known`: rows unlike all that were numbered before get -1, and no new number is made. */
  of(columns: readonly Column[], { known = false }: { known?: boolean } = {}): Int32Array {
    let codes = this.#single(0, columns[0] as Column, known); // at least one key, as the callers check
    for (let k = 1; k < columns.length; k++) {
      codes = this.#combine(k, codes, this.#single(k, columns[k] as Column, known), known);
    }
    return codes;
  }

  #single(k: number, column: Column, known: boolean): Int32Array {
    const places = this.#places[k] as Map<unknown, number>;
    const codeOf = (value: Value): number => numberFor(places, keyOf(value), known);
    if (!(column instanceof DictColumn)) return Int32Array.from(column, codeOf);
    const seen = new Int32Array(column.labels.length).fill(-2); // not asked yet
    return column.codes.map((code) => {
      if (code < 0) return codeOf(null);
      if (seen[code] === -2) seen[code] = codeOf(column.labels[code] ?? null);
      return seen[code] as number;
    });
  }

  #combine(k: number, left: Int32Array, right: Int32Array, known: boolean): Int32Array {
    const pairs = this.#combined[k] as Map<number, number>;
    return left.map((a, row) => {
      const b = right[row] as number;
      return a < 0 || b < 0 ? -1 : numberFor(pairs, a * 2 ** 26 + b, known);
    });
  }
}

function numberFor<K>(places: Map<K, number>, key: K, known: boolean): number {
  const place = places.get(key);
  if (place !== undefined) return place;
  if (known) return -1;
  places.set(key, places.size);
  return places.size - 1;
}

/** The rows in which each number is met first. */
export function firstRows(numbers: Int32Array): number[] {
  const first: number[] = [];
  for (let row = 0; row < numbers.length; row++) if (numbers[row] === first.length) first.push(row);
  return first;
}

/** The distinct rows of some columns and how often each occurs, most frequent first, equal ones as they were met. */
export function groupCounts(columns: Columns): { rows: number[]; counts: Column } {
  const numbers = new RowNumbers(columns.size).of([...columns.values()]);
  const first = firstRows(numbers);
  const counts = new Float64Array(first.length);
  for (const number of numbers) counts[number] = (counts[number] ?? 0) + 1;
  const order = first.map((_, i) => i).sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || a - b);
  return {
    rows: order.map((i) => first[i] as number),
    counts: intColumn(Float64Array.from(order, (i) => counts[i] ?? 0)),
  };
}

/** Some rows' keys as text, for messages: `a=1, b="x"`. */
export function keyText(columns: Columns, row: number): string {
  return [...columns].map(([name, column]) => `${name}=${cellText(column.get(row))}`).join(", ");
}
