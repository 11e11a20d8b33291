/** From what a scan left to a column. */
import { FileFormatError } from "../../torch/index.js";
import type { Column, ColumnKind } from "../column.js";
import { DictColumn } from "../dict-column.js";
import { intColumn } from "../make-column.js";
import { BigIntColumn, BoolColumn, NumberColumn } from "../number-column.js";
import { looksLikeDate, toDates } from "../to-dates.js";
import type { Inferred } from "./inferred.js";
import type { Scanned } from "./scan-columns.js";
import { NUMBER } from "./scanner.js";

/** What a column of a file must be. */
export interface ColumnPlan {
  readonly name: string;
  /** Its place among the fields of a row. */
  readonly place: number;
  /** The kind it must have; without one it is found out. */
  readonly kind?: ColumnKind;
  /** Whether its texts are taken for dates if all of them look like some. */
  readonly mayBeDate: boolean;
}

const truth: Readonly<Record<string, boolean>> = {
  ...{ true: true, True: true, TRUE: true },
  ...{ false: false, False: false, FALSE: false },
};

/** Truth values where all texts are; with gaps they become categories. */
function asTruth(text: DictColumn): Column | null {
  if (text.labels.length === 0 || !text.labels.every((label) => String(label) in truth)) return null;
  const values = text.labels.map((label) => truth[String(label)] === true);
  if (text.firstMissing() < 0) return new BoolColumn(Uint8Array.from(text.codes, (code) => Number(values[code])));
  return new DictColumn(
    text.codes.map((code) => (code < 0 ? -1 : Number(values[code]))),
    [false, true],
    "category",
  );
}

/** 64-bit integers where all texts are, else the texts. */
function asWide(text: DictColumn): Column {
  const values = text.labels.map((label) => bigInt(String(label).trim()));
  const fits = values.every((value) => value !== null && BigInt.asIntN(64, value) === value);
  return fits ? new BigIntColumn(BigInt64Array.from(text.codes, (code) => values[code] ?? 0n)) : text;
}

function bigInt(text: string): bigint | null {
  return /^[+-]?\d{1,19}$/.test(text) ? BigInt(text.replace(/^\+/, "")) : null;
}

function numberColumn({ numbers, gaps, whole }: Scanned, rows: number): Column {
  if (gaps === 0 && whole && rows > 0) return intColumn(numbers.subarray(0, rows));
  return new NumberColumn(used(numbers, rows), "float");
}

/** The column of texts of a scan. */
function textColumn({ codes, labels }: Scanned, rows: number): DictColumn {
  return new DictColumn(used(codes, rows), labels);
}

/** The rows in use; a copy where the array would hold on to much more. */
function used<A extends Float64Array | Int32Array>(values: A, rows: number): A {
  return (values.length > 1.25 * rows ? values.slice(0, rows) : values.subarray(0, rows)) as A;
}

function asPlanned({ kind, mayBeDate, name }: ColumnPlan, text: DictColumn): Column {
  const where = `the column "${name}"`;
  if (kind === "category") return text.toCategories();
  if (kind === "date" || (mayBeDate && looksLikeDate(text))) return toDates(text, where);
  if (kind === "text") return text;
  const bools = asTruth(text);
  if (bools || kind === undefined) return bools ?? text;
  const wrong = kind === "bool" ? text.labels.findIndex((label) => !(String(label) in truth)) : 0;
  throw unfit(name, kind, String(text.labels[wrong]), text.codes.indexOf(wrong));
}

function unfit(name: string, kind: string, text: string, row: number): FileFormatError {
  return new FileFormatError(
    `readCsv: expected ${kind} in the column "${name}", got ${JSON.stringify(text)} in row ${row}. ` +
      `Correct that cell, add it to { missing }, or pass { types: { ${JSON.stringify(name)}: "text" } }.`,
  );
}

/** The column of a scan, as its plan wants it. Throws `FileFormatError` on a cell that is not of the planned kind. */
export function finishColumn(plan: ColumnPlan, scanned: Scanned, rows: number, firstRow = 0): Column {
  const { kind, name } = plan;
  const { misfit, wide } = scanned;
  const wantsNumber = kind === "int" || kind === "float";
  if (scanned.kind === NUMBER || (kind === "float" && !misfit)) {
    const column = numberColumn(scanned, rows);
    if (kind === "int" && column.kind === "float") throw notWhole(name, column);
    return kind === "float" && column.kind === "int"
      ? new NumberColumn(Float64Array.from(column.order()), "float")
      : column;
  }
  if (wantsNumber && misfit) throw unfit(name, kind, misfit.text, firstRow + misfit.row);
  const text = textColumn(scanned, rows);
  return wide && !misfit ? asWide(text) : asPlanned(plan, text);
}

function notWhole(name: string, column: Column): FileFormatError {
  const row = Array.from(column.order()).findIndex((value) => !Number.isInteger(value));
  const text = String(column.get(row) ?? "a missing cell");
  return unfit(name, "int", text, row);
}

/** What there is to say about a column. */
export function described(name: string, column: Column, { misfit, gaps }: Scanned): Inferred {
  const isDate = column instanceof DictColumn && column.kind === "text" && looksLikeDate(column);
  return {
    name,
    kind: column.kind,
    missing: column.missing,
    ...(misfit && misfit.row > gaps && column.kind === "text" ? { because: misfit } : {}),
    ...(isDate ? { note: `looks like dates; { dates: [${JSON.stringify(name)}] } reads them as such` } : {}),
  };
}

/** Numbers before a text that make the text worth a warning. */
const MANY_NUMBERS = 100;

/** Warns of a column of numbers that became text by a single cell. */
export function warnOfMisfit(name: string, { misfit, gaps }: Scanned): void {
  if (!misfit || misfit.row - gaps < MANY_NUMBERS) return;
  process.emitWarning(
    `readCsv: the column "${name}" is read as text, because row ${misfit.row} holds ${JSON.stringify(misfit.text)} after ` +
      `${misfit.row - gaps} numbers. If that is a missing value, pass it in { missing }.`,
  );
}
