/** What a date says: its parts, as columns for a model. */
import { BoolColumn, type Column, DateColumn, DictColumn, type Frame, NumberColumn, toDates } from "../frame/index.js";
import { checkOptions, ValueError } from "../torch/index.js";

const DAY = 86_400_000;

/** The column as dates: texts are read, dates stay. Throws `ValueError` on other kinds and on texts that are no date. */
function dateColumn(df: Frame, name: string): DateColumn {
  const column = df.column(name);
  if (column instanceof DateColumn) return column;
  if (column instanceof DictColumn) return toDates(column, `the column "${name}"`);
  throw new ValueError(`makeDate: expected dates or texts in the column "${name}", got ${column.kind}.`);
}

/** A frame whose column is one of dates. Source: TAB-7. */
export function makeDate(df: Frame, dateField: string): Frame {
  return df.with(dateField, dateColumn(df, dateField));
}

/** Settings of `addDatepart`. */
export interface AddDatepartOptions {
  /** In front of the new names. Default: the column's name without "date" at its end. */
  prefix?: string;
  /** Whether the date itself is left out. Default true. */
  drop?: boolean;
  /** Whether there are columns for hour, minute and second. Default false. */
  time?: boolean;
}

type Part = (date: Date) => number;

const startOfYear = (date: Date) => Date.UTC(date.getUTCFullYear(), 0, 1);
const monthStarts = (date: Date) => date.getUTCDate() === 1;
const monthEnds = (date: Date) => monthStarts(new Date(date.getTime() + DAY));
const monthIn = (date: Date, months: readonly number[]) => months.includes(date.getUTCMonth() + 1);
const weekday = (date: Date) => (date.getUTCDay() + 6) % 7;

/** ISO 8601: the week of the Thursday of the same week. */
function isoWeek(date: Date): number {
  const thursday = new Date(date.getTime() + (3 - weekday(date)) * DAY);
  return 1 + Math.floor((thursday.getTime() - startOfYear(thursday)) / DAY / 7);
}

const numbers: Record<string, Part> = {
  Year: (date) => date.getUTCFullYear(),
  Month: (date) => date.getUTCMonth() + 1,
  Week: isoWeek,
  Day: (date) => date.getUTCDate(),
  Dayofweek: weekday,
  Dayofyear: (date) => 1 + Math.floor((date.getTime() - startOfYear(date)) / DAY),
};

const flags: Record<string, (date: Date) => boolean> = {
  Is_month_end: monthEnds,
  Is_month_start: monthStarts,
  Is_quarter_end: (date) => monthEnds(date) && monthIn(date, [3, 6, 9, 12]),
  Is_quarter_start: (date) => monthStarts(date) && monthIn(date, [1, 4, 7, 10]),
  Is_year_end: (date) => monthEnds(date) && monthIn(date, [12]),
  Is_year_start: (date) => monthStarts(date) && monthIn(date, [1]),
};

const clock: Record<string, Part> = {
  Hour: (date) => date.getUTCHours(),
  Minute: (date) => date.getUTCMinutes(),
  Second: (date) => date.getUTCSeconds(),
};

const elapsed: Record<string, Part> = { Elapsed: (date) => Math.floor(date.getTime() / 1000) };

/** One number a row; whole numbers where no date is missing. */
function numberPart({ values }: DateColumn, part: Part): Column {
  const found = Float64Array.from(values, (time) => (Number.isNaN(time) ? Number.NaN : part(new Date(time))));
  return new NumberColumn(found, found.some(Number.isNaN) ? "float" : "int");
}

/**
 * A frame with columns for what a date says: `Year Month Week Day Dayofweek Dayofyear`, six flags such as `Is_month_end`,
 * and `Elapsed`, seconds since 1970. Monday is day 0; weeks are those of ISO 8601. Rows without a date have missing parts
 * and false flags. Source: TAB-7.
 *
 * @example
 * addDatepart(df, "saleDate");   // saleYear, saleMonth, …, saleElapsed
 */
export function addDatepart(df: Frame, fieldName: string, options: AddDatepartOptions = {}): Frame {
  checkOptions("addDatepart", options, ["prefix", "drop", "time"]);
  const { prefix = fieldName.replace(/date$/i, ""), drop = true, time = false } = options;
  const dates = dateColumn(df, fieldName);
  const out = (drop ? df.drop(fieldName) : df.copy()) as Frame;
  const addNumbers = (parts: Record<string, Part>) => {
    for (const [name, part] of Object.entries(parts)) out.set(prefix + name, numberPart(dates, part));
  };
  addNumbers(numbers);
  for (const [name, flag] of Object.entries(flags)) {
    const values = Uint8Array.from(dates.values, (at) => (Number.isNaN(at) ? 0 : Number(flag(new Date(at)))));
    out.set(prefix + name, new BoolColumn(values));
  }
  if (time) addNumbers(clock);
  addNumbers(elapsed);
  return out;
}
