import { existsSync } from "node:fs";
import { extname } from "node:path";
import { type Frame, readArrow, readCsv, readParquet } from "../../tabular/index.js";
import { ValueError } from "../../torch/errors.js";

/** Reads the table that the command line names: Parquet and Arrow files by their ending, CSV files otherwise. */
export async function readTable(file: string): Promise<Frame> {
  if (!existsSync(file)) {
    throw new ValueError(
      `npm start: expected a table (CSV, Parquet or Arrow), got no file at ${file}. Check the path.`,
    );
  }
  const ending = extname(file).toLowerCase();
  if (ending === ".parquet") return readParquet(file);
  if ([".arrow", ".arrows", ".feather", ".ipc"].includes(ending)) return readArrow(file);
  return readCsv(file, { skipInitialSpace: true, dates: true });
}
