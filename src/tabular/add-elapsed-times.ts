/** How far events lie away, for each row of a time series. */
import { type Frame, intColumn, NumberColumn, toLabels } from "../frame/index.js";
import { makeDate } from "./dates.js";

const DAY = 86_400_000;
/** Rows that the running counts look back on. */
const WINDOW = 7;

/** The rows of each group, in the order of their dates. */
function groupsByDate(df: Frame, dateField: string, baseField: string): number[][] {
  const groups = toLabels(df.column(baseField)).codes;
  const dates = df.column(dateField).order();
  const rows: number[][] = [];
  for (const [row, group] of groups.entries()) {
    const own = rows[group + 1] ?? [];
    rows[group + 1] = own;
    own.push(row);
  }
  return rows.map((own) => own.sort((a, b) => (dates[a] ?? 0) - (dates[b] ?? 0) || a - b));
}

/** Days from the last event so far to each row, in the order given; 0 before the first. */
function daysSince(
  rows: readonly number[],
  happened: ArrayLike<number>,
  dates: ArrayLike<number>,
  out: Float64Array,
): void {
  let last = Number.NaN;
  for (const row of rows) {
    const date = dates[row] ?? Number.NaN;
    if (happened[row]) last = date;
    const days = Math.trunc((date - last) / DAY);
    out[row] = Number.isNaN(days) ? 0 : days;
  }
}

/** Events among each row and the six before it, in the order given. */
function counted(rows: readonly number[], happened: ArrayLike<number>, out: Float64Array): void {
  let sum = 0;
  for (const [i, row] of rows.entries()) {
    sum += Number(happened[row]) - (i >= WINDOW ? Number(happened[rows[i - WINDOW] as number]) : 0);
    out[row] = sum;
  }
}

/**
 * A frame with, for each event column, days since the last event (`After`), to the next one (`Before`, negative), and the
 * number of events in this and the six rows before (`_bw`) and after (`_fw`), within each group of `baseField`.
 * Source: TAB-7.
 */
export function addElapsedTimes(
  df: Frame,
  fieldNames: string | readonly string[],
  dateField: string,
  baseField: string,
): Frame {
  const out = makeDate(df, dateField);
  const dates = out.column(dateField).order();
  const forward = groupsByDate(out, dateField, baseField);
  const backward = forward.map((rows) => [...rows].sort((a, b) => (dates[b] ?? 0) - (dates[a] ?? 0) || a - b));
  const names = [fieldNames].flat();
  const column = (fill: (values: Float64Array) => void): Float64Array => {
    const values = new Float64Array(out.length);
    fill(values);
    return values;
  };
  const events = new Map(
    names.map((name) => [name, Uint8Array.from(out.column(name), (value) => Number(Boolean(value)))]),
  );
  for (const [prefix, groups] of [
    ["After", forward],
    ["Before", backward],
  ] as const) {
    for (const [name, happened] of events) {
      const days = column((values) => {
        for (const rows of groups) if (rows) daysSince(rows, happened, dates, values);
      });
      out.set(prefix + name, intColumn(days));
    }
  }
  for (const [suffix, groups] of [
    ["_bw", forward],
    ["_fw", backward],
  ] as const) {
    for (const [name, happened] of events) {
      const counts = column((values) => {
        for (const rows of groups) if (rows) counted(rows, happened, values);
      });
      out.set(name + suffix, new NumberColumn(counts, "float"));
    }
  }
  return out;
}
