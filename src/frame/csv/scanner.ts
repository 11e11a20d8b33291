/** The pass over a file's bytes: rows into typed arrays. */
import { native } from "../../native.js";
import { FileFormatError, OutOfMemoryError } from "../../torch/index.js";
import { type Dialect, lineAt } from "./fields.js";

/** How a field is read: not at all, as a number, as text. */
export const SKIP = 0;
export const NUMBER = 1;
export const TEXT = 2;

/** One of them. */
export type FieldKind = typeof SKIP | typeof NUMBER | typeof TEXT;

/** A cell of text in a column of numbers. */
export interface Misfit {
  readonly row: number;
  readonly text: string;
}

/** A column as the scan leaves it; its arrays may have room for further rows. */
export interface ScannedColumn {
  /** The numbers, NaN where they are missing; only of a column of numbers. */
  readonly numbers?: Float64Array;
  /** Whether all numbers were digits alone, and whether one of those was beyond 2^53. */
  readonly whole?: boolean;
  readonly wide?: boolean;
  /** Cells that were missing. */
  readonly gaps?: number;
  /** The first row that is no number, and its text. The column is not read any further. */
  readonly misfit?: Misfit | null;
  /** The texts, as numbers into `labels`, -1 where they are missing; only of a column of texts. */
  readonly codes?: Int32Array;
  readonly labels?: string[];
}

/** What is known of a file. */
export interface ScanSource {
  readonly bytes: Buffer;
  readonly dialect: Dialect;
  readonly missing: ReadonlySet<string>;
  /** Whether the bytes end with the last row; otherwise an unfinished row at the end is left for later. */
  readonly final: boolean;
}

/** Rows of a file. */
export interface Scan {
  /** Where the next row begins. */
  readonly at: number;
  readonly rows: number;
  readonly columns: ScannedColumn[];
}

interface NativeScanner {
  /** See `binding/frame.cc`. */
  scanCsv(bytes: Uint8Array, request: object, kinds: readonly FieldKind[]): (Scan & { problem: number }) | undefined;
  fileRoom(size: number): Uint8Array | undefined;
}

/** The addon exports this beside the functions that `src/native.ts` describes. */
const nativeScanner = native as unknown as NativeScanner;

/** Room for bytes of a file, with anything in it. Node.js' own lies in small pages, whose first touch takes long. */
export function fileRoom(size: number): Buffer {
  const room = nativeScanner.fileRoom(size);
  if (!room) throw new OutOfMemoryError(`readCsv: ${native.takeFailure()?.message ?? `no memory for ${size} bytes`}`);
  return Buffer.from(room.buffer, 0, size);
}

/**
 * Reads up to `rows` rows from `at` on, each field as its column's kind says. Fields that a short row lacks are missing;
 * blank lines are no rows. Throws `FileFormatError` naming the line of an open quote and of a row with too many fields.
 */
export function scan(source: ScanSource, kinds: readonly FieldKind[], at: number, rows: number): Scan {
  const { bytes, dialect, missing, final } = source;
  const found = nativeScanner.scanCsv(bytes, { ...dialect, missing: [...missing], final, at, rows }, kinds);
  if (!found) throw new OutOfMemoryError(`readCsv: ${native.takeFailure()?.message ?? "no memory for the columns"}`);
  if (found.problem !== 0) throw problems[found.problem - 1]?.(lineAt(bytes, found.at), kinds.length);
  return found;
}

const problems = [
  (line: number) =>
    new FileFormatError(
      `readCsv: expected a closing quote for line ${line}, got the end of the file. Check that line.`,
    ),
  (line: number, width: number) =>
    new FileFormatError(
      `readCsv: expected ${width} fields in line ${line}, got more. Check the delimiter and the quotes there.`,
    ),
];
