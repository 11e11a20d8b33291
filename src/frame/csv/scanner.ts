/** The one pass over a file's bytes: rows into typed arrays. */
import { FileFormatError } from "../../torch/index.js";
import { afterLineEnd, CR, type Dialect, LF, lineAt, quotedEnd, quotedText, SPACE, stopBytes } from "./fields.js";
import { readDecimal, slowDecimal } from "./number-reader.js";
import { MISSING, TextTable } from "./text-table.js";

/** How a field is read: not at all, as a number, as text. */
export const SKIP = 0;
export const NUMBER = 1;
export const TEXT = 2;

/** Rows that are read before room is made for more. */
const BATCH = 8192;

/** A column in the making. */
export interface Scanned {
  kind: typeof SKIP | typeof NUMBER | typeof TEXT;
  /** The numbers so far, NaN where they are missing. */
  numbers: Float64Array;
  /** The texts so far, as numbers into `table.labels`. */
  codes: Int32Array;
  readonly table: TextTable;
  /** Whether all numbers were digits alone, and whether one of those was beyond 2^53. */
  whole: boolean;
  wide: boolean;
  /** Cells that were missing while the column was one of numbers. */
  gaps: number;
  /** The first row that is no number, and its text: from there on the column is text. */
  misfit: { row: number; text: string } | null;
}

/** What a scanner is told about a file. */
export interface ScanSource {
  readonly bytes: Buffer;
  readonly dialect: Dialect;
  readonly missing: ReadonlySet<string>;
  /** Whether the bytes end with the last row; otherwise an unfinished row at the end is left for later. */
  readonly final: boolean;
}

/** Where a number ends, or why not, see {@link readDecimal}. */
const cursor = { at: 0, whole: true, wide: false };

/** Reads rows from a place on. Fields that a short row lacks are missing; blank lines are no rows. */
export class Scanner {
  /** Rows read so far. */
  row = 0;
  readonly columns: Scanned[];
  readonly #stops: Uint8Array;

  /** @param at where the next row begins. */
  constructor(
    readonly source: ScanSource,
    kinds: readonly Scanned["kind"][],
    public at: number,
  ) {
    this.#stops = stopBytes(source.dialect);
    this.columns = kinds.map((kind) => ({
      kind,
      numbers: new Float64Array(0),
      codes: new Int32Array(0),
      table: new TextTable(source.bytes, source.missing),
      whole: true,
      wide: false,
      gaps: 0,
      misfit: null,
    }));
  }

  /** Reads up to `rows` rows in all. `promised`: how many there may be. */
  scan(rows: number, promised: number): void {
    let before = -1;
    while (this.row < rows && this.at !== before) {
      before = this.at;
      const end = Math.min(rows, this.row + BATCH);
      for (const column of this.columns) reserve(column, end, Math.min(promised, rows));
      this.#batch(end);
    }
  }

  /** NOTE [ hot loop ] Every byte of a file passes here once, so there is no call or object a row, and one call a field. */
  #batch(rows: number): void {
    const { bytes, dialect, final } = this.source;
    const { delimiter, quote, skipInitialSpace } = dialect;
    const { columns } = this;
    const width = columns.length;
    const size = bytes.length;
    let at = this.at;
    let row = this.row;
    while (row < rows && at < size) {
      const rowStart = at;
      let byte = bytes[at];
      if (byte === LF || byte === CR) {
        at += 1;
        continue;
      }
      let c = 0;
      for (; c < width; c++) {
        if (skipInitialSpace) while (bytes[at] === SPACE) at += 1;
        const column = columns[c] as Scanned;
        if (bytes[at] === quote) at = this.#quoted(column, row, at);
        else if (column.kind === NUMBER) at = this.#number(column, row, at);
        else if (column.kind === TEXT) at = this.#text(column, row, at);
        else at = this.#fieldEnd(at);
        byte = bytes[at];
        if (byte !== delimiter) break;
        at += 1;
      }
      if (at >= size && !final) {
        at = rowStart;
        break;
      }
      if (c === width) at = this.#surplus(rowStart, at);
      else if (c === 0 && width > 1 && this.#isBlank(rowStart, at)) {
        at = afterLineEnd(bytes, at);
        continue;
      } else for (c += 1; c < width; c++) this.#absent(columns[c] as Scanned, row);
      const next = afterLineEnd(bytes, at);
      if (!final && next === size && bytes[at] === CR) {
        at = rowStart; // the line feed may be in the next piece
        break;
      }
      at = next;
      row += 1;
    }
    this.at = at;
    this.row = row;
  }

  #number(column: Scanned, row: number, start: number): number {
    const { bytes } = this.source;
    const value = readDecimal(bytes, start, cursor);
    const end = cursor.at;
    if (end < bytes.length && this.#stops[bytes[end] as number] === 0) return this.#odd(column, row, start);
    if (end === start) {
      this.#absent(column, row);
      return end;
    }
    if (Number.isNaN(value)) return this.#odd(column, row, start);
    if (!cursor.whole) column.whole = false;
    else if (cursor.wide) column.wide = true;
    column.numbers[row] = value;
    return end;
  }

  /** A field of a column of numbers that is not written in the usual way. */
  #odd(column: Scanned, row: number, start: number): number {
    const end = this.#fieldEnd(start);
    this.#numberOfText(column, row, this.source.bytes.toString("utf8", start, end), start, end);
    return end;
  }

  #numberOfText(column: Scanned, row: number, text: string, start: number, end: number): void {
    const value = slowDecimal(text, cursor);
    if (Number.isNaN(value)) {
      if (this.source.missing.has(text)) this.#absent(column, row);
      else this.#becomeText(column, row, text, start, end);
      return;
    }
    if (!cursor.whole) column.whole = false;
    else if (cursor.wide) column.wide = true;
    column.numbers[row] = value;
  }

  #becomeText(column: Scanned, row: number, text: string, start: number, end: number): void {
    column.misfit = { row, text };
    column.kind = TEXT;
    column.codes = new Int32Array(column.numbers.length).fill(MISSING, 0, row);
    if (this.source.bytes[start] === this.source.dialect.quote) column.codes[row] = column.table.codeOfText(text);
    else if (end > start) this.#text(column, row, start);
  }

  #text(column: Scanned, row: number, start: number): number {
    const { bytes } = this.source;
    const stops = this.#stops;
    let hash = 0x811c9dc5;
    let at = start;
    for (; ; at++) {
      const byte = bytes[at] as number; // undefined beyond the bytes, which is no 0 in the table
      if (stops[byte] !== 0) break;
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    column.codes[row] = at === start ? MISSING : column.table.codeOfBytes(hash ^ (hash >>> 15), start, at);
    return at;
  }

  #quoted(column: Scanned, row: number, start: number): number {
    const { bytes, dialect, final } = this.source;
    const end = quotedEnd(bytes, start, this.#stops, dialect.quote);
    if (end < 0) {
      if (!final) return bytes.length;
      throw new FileFormatError(
        `readCsv: expected a closing quote for line ${lineAt(bytes, start)}, got the end of the file. Check that line.`,
      );
    }
    if (column.kind === SKIP) return end;
    const text = quotedText(bytes, start, end, dialect.quote);
    if (text === "") this.#absent(column, row);
    else if (column.kind === TEXT) column.codes[row] = column.table.codeOfText(text);
    else this.#numberOfText(column, row, text, start, end);
    return end;
  }

  #absent(column: Scanned, row: number): void {
    if (column.kind === TEXT) column.codes[row] = MISSING;
    else if (column.kind === NUMBER) {
      column.numbers[row] = Number.NaN;
      column.gaps += 1;
    }
  }

  #fieldEnd(start: number): number {
    const { bytes } = this.source;
    let at = start;
    while (this.#stops[bytes[at] as number] === 0) at += 1;
    return at;
  }

  #isBlank(start: number, end: number): boolean {
    for (let at = start; at < end; at++) if (this.source.bytes[at] !== SPACE) return false;
    return true;
  }

  /** A row with as many delimiters as columns: fine when nothing stands behind the last one. */
  #surplus(rowStart: number, at: number): number {
    const { bytes, dialect } = this.source;
    let end = at;
    while (bytes[end] === dialect.delimiter) end += 1;
    if (end >= bytes.length || bytes[end] === LF || bytes[end] === CR) return end;
    throw new FileFormatError(
      `readCsv: expected ${this.columns.length} fields in line ${lineAt(bytes, rowStart)}, got more. ` +
        "Check the delimiter and the quotes there.",
    );
  }
}

/** Makes room for rows: as many as are promised, then twice as many. */
function reserve(column: Scanned, rows: number, promised: number): void {
  const { kind, numbers, codes } = column;
  if (kind === NUMBER && numbers.length < rows) {
    column.numbers = new Float64Array(Math.max(rows, promised, numbers.length * 2));
    column.numbers.set(numbers);
  }
  if (kind === TEXT && codes.length < rows) {
    column.codes = new Int32Array(Math.max(rows, promised, codes.length * 2));
    column.codes.set(codes);
  }
}
