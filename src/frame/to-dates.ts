/** Dates out of text. */
import { ValueError } from "../torch/index.js";
import type { DictColumn } from "./dict-column.js";
import { DateColumn } from "./number-column.js";

const yearFirst = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ](.*))?$/;
const monthFirst = /^(\d{1,2})[/](\d{1,2})[/](\d{4})(?:[T ](.*))?$/;
const compact = /^(\d{4})(\d{2})(\d{2})$/;
const clock = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?$/;

const MINUTE = 60_000;

/** Milliseconds of a day that a time of day stands for, shifted to UTC; NaN when it is none. */
function timeOf(text: string): number {
  const parts = clock.exec(text);
  if (!parts) return Number.NaN;
  const [, hour, minute, second = "0", fraction = "", zone = "Z"] = parts;
  const offset = zone === "Z" ? 0 : Number(`${zone[0]}1`) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2)));
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return Number.NaN;
  const whole = (Number(hour) * 60 + Number(minute) - offset) * MINUTE + Number(second) * 1000;
  return whole + Math.floor(Number(`0.${fraction || 0}`) * 1000);
}

function dayOf(year: string, month: string, day: string): number {
  const time = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const back = new Date(time);
  return back.getUTCMonth() === Number(month) - 1 && back.getUTCDate() === Number(day) ? time : Number.NaN;
}

/**
 * Milliseconds since 1970 of a date: year first (2024-02-29, 2024/2/29, 20240229), or month first with slashes (2/29/2024);
 * a time of day may follow, with a zone. Without a zone it is UTC. NaN for anything else.
 */
export function parseDate(text: string): number {
  const trimmed = text.trim();
  const ymd = yearFirst.exec(trimmed) ?? compact.exec(trimmed);
  const mdy = ymd ? null : monthFirst.exec(trimmed);
  const [, a = "", b = "", c = "", time] = ymd ?? mdy ?? [];
  const day = ymd ? dayOf(a, b, c) : mdy ? dayOf(c, a, b) : Number.NaN;
  return time === undefined ? day : day + timeOf(time);
}

/** Whether every text of a column is a date, written with separators. */
export function looksLikeDate({ labels }: DictColumn): boolean {
  return (
    labels.length > 0 && labels.every((label) => /\D/.test(String(label)) && !Number.isNaN(parseDate(String(label))))
  );
}

/** A column of texts as dates. Throws `ValueError` naming the first text that is none, and its row. */
export function toDates(column: DictColumn, where: string): DateColumn {
  const times = column.labels.map((label) => parseDate(String(label)));
  const wrong = times.findIndex((time) => Number.isNaN(time));
  const row = wrong < 0 ? -1 : column.codes.indexOf(wrong);
  if (row >= 0) {
    throw new ValueError(
      `${where}: expected dates such as 2024-02-29 or 2/29/2024 13:45, got ${JSON.stringify(column.labels[wrong])} in row ${row}.`,
    );
  }
  return new DateColumn(Float64Array.from(column.codes, (code) => times[code] ?? Number.NaN));
}
