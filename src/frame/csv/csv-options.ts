/** How CSV files are read. */
import { checkOptions, OptionError } from "../../torch/index.js";
import type { ColumnKind } from "../column.js";

/** Settings of `readCsv` and its relatives. */
export interface CsvOptions {
  /** One character between fields. Default: a comma; without any in the first line, the one of `;`, tab and `|` that is there. */
  delimiter?: string;
  /** The character around fields that hold delimiters or line ends; inside it stands twice. Default `"`. */
  quote?: string;
  /** Whether the first row names the columns. Default true. */
  header?: boolean;
  /** Names of the columns, instead of the file's. */
  names?: readonly string[];
  /** The only columns that are read. Default: all. */
  columns?: readonly string[];
  /** Rows at most. Default: all. */
  rows?: number;
  /** Lines at the beginning that are left out. Default 0. */
  skipLines?: number;
  /** Whether spaces after a delimiter are left out. Default false. */
  skipInitialSpace?: boolean;
  /** The file's encoding, as `TextDecoder` knows it; a byte-order mark wins. Default "utf-8". */
  encoding?: string;
  /** Further texts that mean a missing cell, besides an empty one and `defaultMissing`. */
  missing?: readonly string[];
  /** Whether "NA", "NaN", "null" and their like are missing cells too. Default true. */
  defaultMissing?: boolean;
  /** Kinds of some columns, instead of what their cells look like. */
  types?: Readonly<Record<string, ColumnKind>>;
  /** Columns of dates: these, or with `true` all whose texts are. Default none. */
  dates?: readonly string[] | boolean;
}

/** The names of the options. */
const csvOptionNames: readonly string[] = [
  ...["delimiter", "quote", "header", "names", "columns", "rows", "skipLines", "skipInitialSpace", "encoding"],
  ...["missing", "defaultMissing", "types", "dates"],
];

/** Texts that mean a missing cell: those of pandas. */
const defaultMissing: readonly string[] = [
  ...["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"],
  ...["<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"],
];

/** Checks options that cannot be checked by type. */
export function checkCsvOptions(where: string, options: CsvOptions): void {
  checkOptions(where, options, csvOptionNames);
  for (const key of ["delimiter", "quote"] as const) {
    const text = options[key];
    if (text === undefined || (text.length === 1 && text.charCodeAt(0) < 128)) continue;
    throw new OptionError(`${where}: expected one ASCII character as ${key}, got ${JSON.stringify(text)}.`);
  }
}

/** The texts that mean a missing cell. */
export function missingTexts({ missing = [], defaultMissing: usual = true }: CsvOptions): Set<string> {
  return new Set([...(usual ? defaultMissing : [""]), ...missing]);
}
