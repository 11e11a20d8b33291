/** A summary of each column. */
import { type Column, cellText } from "./column.js";
import { DictColumn } from "./dict-column.js";
import type { Columns } from "./group.js";
import { makeColumn } from "./make-column.js";

/** The value at a share of sorted numbers, between neighbours in proportion. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}

/** The values that are there, ascending. */
export function sortedValues(values: Float64Array): Float64Array {
  return values.filter((value) => !Number.isNaN(value)).sort();
}

/** Mean, and the deviation with `ddof` degrees of freedom off the count, over the values that are there. */
export function moments(values: Float64Array, ddof: number): { count: number; mean: number; std: number } {
  let [count, sum] = [0, 0];
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number; // in range by the loop
    if (Number.isNaN(value)) continue;
    count += 1;
    sum += value;
  }
  const mean = sum / count;
  let squares = 0;
  for (let row = 0; row < values.length; row++) {
    const off = (values[row] as number) - mean;
    if (!Number.isNaN(off)) squares += off * off;
    else if (!Number.isNaN(values[row])) squares = Number.NaN; // an infinity among the values
  }
  return { count, mean, std: Math.sqrt(squares / (count - ddof)) };
}

type Summary = Record<string, string | number | null>;

function ofNumbers(column: Column): Summary {
  const values = column.doubles();
  const sorted = sortedValues(values);
  const { mean, std } = moments(values, 1);
  const at = (share: number) => (sorted.length > 0 ? quantile(sorted, share) : null);
  return { mean, std, min: at(0), "25%": at(0.25), "50%": at(0.5), "75%": at(0.75), max: at(1) };
}

function ofLabels(column: DictColumn): Summary {
  const counts = new Float64Array(column.labels.length);
  for (const code of column.codes) if (code >= 0) counts[code] = (counts[code] ?? 0) + 1;
  const most = counts.indexOf(counts.reduce((greatest, n) => Math.max(greatest, n), 0));
  return {
    distinct: counts.filter((n) => n > 0).length,
    top: cellText(column.labels[most] ?? null),
    freq: counts[most] ?? 0,
  };
}

const fields = ["mean", "std", "min", "25%", "50%", "75%", "max", "distinct", "top", "freq"];

/** One row a column: its kind, how many cells are missing, and its numbers or its most frequent text. */
export function describeColumns(columns: Columns): [string, Column][] {
  const summaries = [...columns.values()].map((column): Summary => {
    if (column instanceof DictColumn) return ofLabels(column);
    return column.kind === "date" ? {} : ofNumbers(column);
  });
  const used = fields.filter((field) => summaries.some((summary) => summary[field] !== undefined));
  return [
    ["column", makeColumn([...columns.keys()])],
    ["kind", makeColumn([...columns.values()].map((column) => column.kind))],
    ["missing", makeColumn([...columns.values()].map((column) => column.missing))],
    ...used.map((field): [string, Column] => [field, makeColumn(summaries.map((summary) => summary[field] ?? null))]),
  ];
}
