/** Rows of small CSV files, such as lists of labels. Columns stay text. */
import { ValueError } from "../torch/index.js";

/** Settings of `parseCsv`. */
export interface CsvOptions {
  /** One character between columns. Default ",". */
  delimiter?: string;
  /** Whether the first row names the columns; rows are then objects, else arrays. Default true. */
  header?: boolean;
}

/** Splits text into rows: quoted fields may hold delimiters, line ends and doubled quotes (RFC 4180). */
export function parseCsv(text: string, options: CsvOptions = {}): (Record<string, string> | string[])[] {
  const { delimiter = ",", header = true } = options;
  const rows = splitRows(text.replace(/^\ufeff/, ""), delimiter);
  if (!header) return rows;
  const [names = [], ...records] = rows;
  return records.map((record, i) => {
    if (record.length === names.length) return Object.fromEntries(names.map((name, k) => [name, record[k] ?? ""]));
    throw new ValueError(
      `parseCsv: expected ${names.length} columns (${names.join(", ")}), got ${record.length} in row ${i + 2}.`,
    );
  });
}

function splitRows(text: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const [field, end] = text[at] === '"' ? quoted(text, at) : plain(text, at, delimiter);
    row.push(field);
    if (text[end] === delimiter) {
      at = end + 1;
      if (at === text.length) row.push("");
      continue;
    }
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
    at = end + (text[end] === "\r" && text[end + 1] === "\n" ? 2 : 1);
  }
  if (row.length > 0) rows.push(row);
  return rows;
}

function plain(text: string, from: number, delimiter: string): [string, number] {
  let end = from;
  while (end < text.length && text[end] !== delimiter && text[end] !== "\n" && text[end] !== "\r") end += 1;
  return [text.slice(from, end), end];
}

function quoted(text: string, from: number): [string, number] {
  let value = "";
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] !== '"') value += text[at];
    else if (text[at + 1] === '"') value += text[at++];
    else return [value, at + 1];
  }
  throw new ValueError("parseCsv: expected a closing quote, got the end of the text.");
}
