/** Columns whose kinds are found out from their cells. */
import {
  type FieldKind,
  type Misfit,
  type Scan,
  type ScannedColumn,
  type ScanSource,
  SKIP,
  scan,
  TEXT,
} from "./scanner.js";

/** Rows by which columns of text are told from columns of numbers at first. */
const SAMPLE = 1024;

/** A column that was read to its end. */
export interface Scanned {
  readonly kind: FieldKind;
  /** Of a column of numbers: NaN where they are missing, with room for further rows. */
  readonly numbers: Float64Array;
  /** Of a column of texts: numbers into `labels`, -1 where they are missing, with room for further rows. */
  readonly codes: Int32Array;
  readonly labels: string[];
  /** Whether all numbers were digits alone, and whether one of those was beyond 2^53. */
  readonly whole: boolean;
  readonly wide: boolean;
  /** Cells that were missing while the column seemed to be one of numbers. */
  readonly gaps: number;
  /** The first row that is no number, and its text. */
  readonly misfit: Misfit | null;
}

const nothing = {
  ...{ numbers: new Float64Array(0), codes: new Int32Array(0), labels: [] },
  ...{ whole: true, wide: false, gaps: 0, misfit: null },
};

/**
 * Reads columns as numbers or as text. A column of numbers becomes text when one cell is no number, and when it holds
 * whole numbers beyond 2^53, cell by cell as it is written.
 */
export function scanColumns(
  source: ScanSource,
  wanted: readonly FieldKind[],
  start: number,
  most: number,
): Omit<Scan, "columns"> & { columns: Scanned[] } {
  const sample = scan(source, wanted, start, Math.min(most, SAMPLE));
  const kinds = wanted.map((kind, place) => (sample.columns[place]?.misfit ? TEXT : kind));
  const { at, rows, columns } = scan(source, kinds, start, most);
  const again = columns.map((column): FieldKind => (isText(column) ? TEXT : SKIP));
  const texts = again.includes(TEXT) ? scan(source, again, start, most).columns : [];
  const finished = columns.map((column, place): Scanned => {
    const kind = again[place] === TEXT ? TEXT : (kinds[place] ?? SKIP);
    const { misfit = null, gaps = 0 } = kinds[place] === wanted[place] ? column : (sample.columns[place] ?? column);
    return { ...nothing, ...column, ...(again[place] === TEXT ? texts[place] : {}), kind, misfit, gaps };
  });
  return { at, rows, columns: finished };
}

function isText({ misfit, whole, wide, gaps }: ScannedColumn): boolean {
  return Boolean(misfit) || (whole === true && wide === true && gaps === 0);
}
