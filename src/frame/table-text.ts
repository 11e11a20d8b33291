/** Tables for the terminal and for web pages. */
import { type Column, cellText } from "./column.js";
import type { Columns } from "./group.js";

/** How much of a table is shown. */
export interface TableOptions {
  /** Rows at most. Default 10. */
  maxRows?: number;
  /** Columns at most. Default: what fits the width in text, 50 in HTML. */
  maxCols?: number;
  /** Characters of a line of text. Default: the terminal's, else 120. */
  width?: number;
}

/** The names of the options. */
export const tableOptionNames: readonly string[] = ["maxRows", "maxCols", "width"];

const longest = 40; // characters of a cell

function isNumeric({ kind }: Column): boolean {
  return kind === "int" || kind === "float";
}

function cells(column: Column, rows: number): string[] {
  return Array.from({ length: rows }, (_, row) => {
    const text = cellText(column.get(row)).replace(/\s+/g, " ");
    return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  });
}

function rest(count: number, what: string): string {
  return count > 0 ? `${count.toLocaleString("en-US")} more ${what}${count === 1 ? "" : "s"}` : "";
}

/** Aligned columns under their names, then what is left out. */
export function tableText(columns: Columns, length: number, options: TableOptions = {}): string {
  const { maxRows = 10, maxCols = Number.POSITIVE_INFINITY, width = process.stdout.columns ?? 120 } = options;
  const shown = Math.min(maxRows, length);
  const blocks: string[][] = [];
  let used = 0;
  for (const [name, column] of columns) {
    if (blocks.length >= maxCols) break;
    const texts = [name, ...cells(column, shown)];
    const size = Math.max(...texts.map((text) => text.length));
    if (blocks.length > 0 && used + size > width) break;
    used += size + 2;
    blocks.push(texts.map((text) => (isNumeric(column) ? text.padStart(size) : text.padEnd(size))));
  }
  const lines = Array.from({ length: shown + 1 }, (_, i) =>
    blocks
      .map((block) => block[i])
      .join("  ")
      .trimEnd(),
  );
  const hidden = [...columns.keys()].slice(blocks.length);
  const left = [rest(length - shown, "row"), rest(hidden.length, "column")].filter(Boolean);
  const names = hidden.length > 0 ? `: ${hidden.slice(0, 10).join(", ")}${hidden.length > 10 ? ", …" : ""}` : "";
  return [...lines, ...(left.length > 0 ? [`… ${left.join(", ")}${names}`] : [])].join("\n");
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

/** The table as HTML. */
export function tableHtml(columns: Columns, length: number, options: TableOptions = {}): string {
  const { maxRows = 10, maxCols = 50 } = options;
  const shown = Math.min(maxRows, length);
  const picked = [...columns].slice(0, maxCols);
  const texts = picked.map(([, column]) => cells(column, shown));
  const align = picked.map(([, column]) => (isNumeric(column) ? ' style="text-align:right"' : ""));
  const head = picked.map(([name]) => `<th>${escaped(name)}</th>`).join("");
  const body = Array.from({ length: shown }, (_, row) => {
    return `<tr>${texts.map((text, c) => `<td${align[c]}>${escaped(text[row] ?? "")}</td>`).join("")}</tr>`;
  });
  const left = [rest(length - shown, "row"), rest(columns.size - picked.length, "column")].filter(Boolean).join(", ");
  const caption = left ? `<caption>${left}</caption>` : "";
  return `<table>${caption}<thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`;
}
