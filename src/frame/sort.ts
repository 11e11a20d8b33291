/** The order of rows. */

/** What rows are ordered by: a number each, NaN last. */
export interface SortKey {
  readonly values: ArrayLike<number>;
  readonly descending: boolean;
}

function compare(a: number, b: number, descending: boolean): number {
  if (a === b) return 0;
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  if (Number.isNaN(b)) return -1;
  return a < b !== descending ? -1 : 1;
}

/** The positions of all rows in the order of the keys, the first key first; equal rows stay in sequence. */
export function sortedRows(keys: readonly SortKey[], length: number): Int32Array {
  return Int32Array.from({ length }, (_, i) => i).sort((a, b) => {
    for (const { values, descending } of keys) {
      const order = compare(values[a] as number, values[b] as number, descending); // both are rows
      if (order !== 0) return order;
    }
    return a - b;
  });
}
