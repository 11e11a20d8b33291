/** CSV files as frames. */
import { type FileHandle, open, stat } from "node:fs/promises";
import { FileFormatError, OptionError, ValueError } from "../../torch/index.js";
import type { Column } from "../column.js";
import { Frame } from "../frame.js";
import { type CsvOptions, checkCsvOptions, missingTexts } from "./csv-options.js";
import { toUtf8 } from "./encoding.js";
import { type Dialect, rowTexts } from "./fields.js";
import { type ColumnPlan, described, finishColumn, warnOfMisfit } from "./finish-column.js";
import type { Inferred } from "./inferred.js";
import { type Scanned, scanColumns } from "./scan-columns.js";
import { type FieldKind, fileRoom, NUMBER, SKIP, TEXT } from "./scanner.js";

const NEWLINE = 10;
/** More than Node.js reads at once. */
const MOST_BYTES = 2 ** 31 - 2;

/**
 * Reads a CSV file into a frame. Kinds are found out from all rows: whole numbers, numbers, true and false, else text;
 * `df.inferred` says what was found and why. A cell of text in a column of numbers makes the column text, with a warning
 * that names its row. Fields in quotes may hold delimiters, line ends and doubled quotes; rows may end in LF, CRLF or CR.
 *
 * Throws `FileFormatError` naming the line on a row with too many fields or an unclosed quote, and on other bytes than the
 * encoding's.
 *
 * @example
 * const df = await readCsv("adult.csv", { missing: ["?"] });
 * console.log(df.head(), df.inferred);
 */
export async function readCsv(path: string, options: CsvOptions = {}): Promise<Frame> {
  checkCsvOptions("readCsv", options);
  const { size } = await stat(path);
  if (size > MOST_BYTES) {
    throw new FileFormatError(`readCsv: expected a file of up to 2 GiB, got ${size} bytes. Use readCsvChunks.`);
  }
  return new CsvReader(await bytesOf(path, size), options).frame();
}

/** Reads CSV from text or bytes, as {@link readCsv} does from a file. */
export function parseCsv(source: string | Uint8Array, options: CsvOptions = {}): Frame {
  checkCsvOptions("parseCsv", options);
  const given = typeof source === "string" ? Buffer.from(source) : source;
  return new CsvReader(given, typeof source === "string" ? { ...options, encoding: "utf-8" } : options).frame();
}

/** Bytes that one thread reads: filling memory that was not in use before takes longer than waiting for a file in memory. */
const READ = 2 ** 24;

/** A file's bytes and a line end behind them, so that the reader never looks beyond. */
async function bytesOf(path: string, size: number): Promise<Buffer> {
  const bytes = fileRoom(size + 1);
  const file = await open(path);
  try {
    const starts = Array.from({ length: Math.ceil(size / READ) }, (_, i) => i * READ);
    const read = await Promise.all(starts.map((start) => readInto(file, bytes, start, Math.min(start + READ, size))));
    // A file that became shorter meanwhile ends where the first part that is not full does.
    const cut = read.findIndex((end, i) => end < Math.min((starts[i] as number) + READ, size));
    const end = cut < 0 ? size : (read[cut] as number);
    bytes[end] = NEWLINE;
    return bytes.subarray(0, end + 1);
  } finally {
    await file.close();
  }
}

/** Reads a part of a file to the same place in `bytes`; where it ends. */
async function readInto(file: FileHandle, bytes: Buffer, start: number, end: number): Promise<number> {
  let at = start;
  while (at < end) {
    const { bytesRead } = await file.read(bytes, at, end - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return at;
}

/** What columns a file has, and of which kinds they are. */
export interface CsvLayout {
  readonly dialect: Dialect;
  readonly width: number;
  readonly plans: readonly ColumnPlan[];
}

/** Reads the rows of one piece of bytes. */
export class CsvReader {
  readonly bytes: Buffer;
  readonly #options: CsvOptions;

  /** @param final whether the bytes end where the file does; otherwise they may end within a character. */
  constructor(bytes: Uint8Array, options: CsvOptions, { final = true } = {}) {
    this.#options = options;
    this.bytes = toUtf8(bytes, options.encoding ?? "utf-8", final);
  }

  /** All rows. */
  frame(): Frame {
    const at = this.afterLines();
    const { layout, start } = this.layout(at);
    return this.rows(layout, start).frame;
  }

  /** Where the lines that are left out end. */
  afterLines(): number {
    let at = 0;
    for (let i = 0; i < (this.#options.skipLines ?? 0); i++) {
      const next = this.bytes.indexOf(NEWLINE, at);
      at = next < 0 ? this.bytes.length : next + 1;
    }
    return at;
  }

  /** The columns, from the first row, and where the rows of data begin. */
  layout(at: number): { layout: CsvLayout; start: number } {
    const { header = true, quote = '"', skipInitialSpace = false } = this.#options;
    const delimiter = this.#options.delimiter ?? this.#delimiter(at);
    const dialect = { delimiter: delimiter.charCodeAt(0), quote: quote.charCodeAt(0), skipInitialSpace };
    const { texts, next } = rowTexts(this.bytes, at, dialect);
    if (texts.length === 0) {
      throw new FileFormatError(
        "readCsv: expected at least a line with the column names, got nothing. Check the file.",
      );
    }
    const found = header ? texts : texts.map((_, i) => String(i));
    const names = this.#options.names ?? found;
    if (names.length !== found.length) {
      throw new OptionError(`readCsv: expected ${found.length} names, got ${names.length}. Name every column.`);
    }
    const layout = { dialect, width: texts.length, plans: this.#plans(unique(names)) };
    return { layout, start: header ? next : at };
  }

  /** The most likely delimiter: a comma, unless the first line has none of it but others. */
  #delimiter(at: number): string {
    const end = this.bytes.indexOf(NEWLINE, at);
    const line = this.bytes.toString("latin1", at, end < 0 ? this.bytes.length : end).replace(/"[^"]*"/g, "");
    if (line.includes(",")) return ",";
    const counts = [";", "\t", "|"].map((mark) => [mark, line.split(mark).length] as const);
    const [mark, count] = counts.reduce((best, other) => (other[1] > best[1] ? other : best));
    return count > 1 ? mark : ",";
  }

  #plans(names: readonly string[]): ColumnPlan[] {
    const { columns, types = {}, dates = false } = this.#options;
    const dateNames = Array.isArray(dates) ? (dates as readonly string[]) : [];
    const unknown = [...(columns ?? []), ...Object.keys(types), ...dateNames].find((name) => !names.includes(name));
    if (unknown !== undefined) {
      const list = names.slice(0, 20).join(", ");
      throw new ValueError(`readCsv: expected a column among ${list}, got "${unknown}". Check the options' names.`);
    }
    const all = names.map((name, place): ColumnPlan => {
      const kind = types[name] ?? (dateNames.includes(name) ? "date" : undefined);
      return { name, place, mayBeDate: dates === true, ...(kind ? { kind } : {}) };
    });
    return columns ? columns.map((name) => all[names.indexOf(name)] as ColumnPlan) : all;
  }

  /** The rows from a place on; in a piece that is not `final`, those that are complete. `firstRow`: rows before them. */
  rows(layout: CsvLayout, start: number, { final = true, firstRow = 0 } = {}): { frame: Frame; end: number } {
    const { dialect, width, plans } = layout;
    const most = this.#options.rows ?? Number.POSITIVE_INFINITY;
    const source = { bytes: this.bytes, dialect, missing: missingTexts(this.#options), final };
    const kinds = new Array<FieldKind>(width).fill(SKIP);
    for (const { place, kind = "float" } of plans) kinds[place] = kind === "int" || kind === "float" ? NUMBER : TEXT;
    const { at, rows, columns: found } = scanColumns(source, kinds, start, most);
    const columns: [string, Column][] = [];
    const inferred: Inferred[] = [];
    for (const plan of plans) {
      const scanned = found[plan.place] as Scanned;
      const column = finishColumn(plan, scanned, rows, firstRow);
      columns.push([plan.name, column]);
      inferred.push(described(plan.name, column, scanned));
      if (plan.kind === undefined) warnOfMisfit(plan.name, scanned);
    }
    return { frame: new Frame(columns, { inferred }), end: at };
  }
}

/** Empty names become `Unnamed: place`, repeated ones get `.1`, `.2` … behind them, as in pandas. */
function unique(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((given, i) => {
    const name = given === "" ? `Unnamed: ${i}` : given;
    let candidate = name;
    for (let n = 1; taken.has(candidate) || (n > 1 && names.includes(candidate)); n++) candidate = `${name}.${n}`;
    taken.add(candidate);
    return candidate;
  });
}
