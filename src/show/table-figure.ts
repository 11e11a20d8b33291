import { checkOptions, ValueError } from "../torch/errors.js";
import { Figure } from "./figure.js";
import { textWidth } from "./font.js";
import { el, textEl } from "./svg.js";
import { wrap } from "./text.js";
import { theme } from "./theme.js";
import { formatNumber } from "./ticks.js";

/** A cell of a table; numbers stand at the right edge. */
export type TableCell = string | number | boolean | null | undefined;

/** What a table shows. */
export interface TableFigureOptions {
  columns: string[];
  rows: TableCell[][];
  title?: string;
  /** Widest column in pixels; longer texts are wrapped. Default 360. */
  maxColumnWidth?: number;
}

const known = ["columns", "rows", "title", "maxColumnWidth"];
const lineHeight = 18;
const size = 13;

/** A table as a picture: head line, thin rules, wrapped text. Throws ValueError if a row has not one cell a column. */
export function tableFigure(options: TableFigureOptions): Figure {
  checkOptions("tableFigure", options, known);
  const { columns, rows, title = "", maxColumnWidth = 360 } = options;
  const wrong = rows.findIndex((row) => row.length !== columns.length);
  if (wrong >= 0) {
    throw new ValueError(
      `tableFigure: expected ${columns.length} cells in each row, got ${rows[wrong]?.length} in row ${wrong}.`,
    );
  }
  const texts = rows.map((row) => row.map((cell) => wrap(cellText(cell), maxColumnWidth, size, { maxLines: 8 })));
  const numeric = columns.map((_, c) => rows.length > 0 && rows.every((row) => typeof row[c] === "number"));
  const widths = columns.map((name, c) =>
    Math.max(
      textWidth(name, size, "bold"),
      ...texts.flatMap((row) => row[c] ?? []).map((line) => textWidth(line, size)),
    ),
  );
  const starts = widths.map((_, c) => 20 + widths.slice(0, c).reduce((sum, width) => sum + width + 24, 0));
  const width = 20 + widths.reduce((sum, w) => sum + w + 24, 0) - 4;
  const place = (c: number, y: number) => {
    const start = starts[c] ?? 0;
    return numeric[c] ? { x: start + (widths[c] ?? 0), y, size, anchor: "end" as const } : { x: start, y, size };
  };
  let y = 20 + (title ? 28 : 0) + 16;
  const parts = [title ? textEl(title, { x: 20, y: 32, size: 15, weight: "bold" }) : ""];
  parts.push(...columns.map((name, c) => textEl(name, { ...place(c, y), weight: "bold" })));
  const rule = (at: number, stroke: string) => el("line", { x1: 16, x2: width - 16, y1: at, y2: at, stroke });
  parts.push(rule(y + 9, theme.axis));
  y += 14;
  for (const row of texts) {
    for (const [c, lines] of row.entries()) {
      parts.push(...lines.map((line, i) => textEl(line, place(c, y + (i + 1) * lineHeight - 2))));
    }
    y += Math.max(1, ...row.map((lines) => lines.length)) * lineHeight + 8;
    parts.push(rule(y - 1, theme.grid));
  }
  return new Figure(Math.max(width, 40 + textWidth(title, 15, "bold")), y + 16, parts.join(""), {
    label: title || columns.join(", "),
  });
}

function cellText(cell: TableCell): string {
  if (cell === null || cell === undefined) return "";
  return typeof cell === "number" ? formatNumber(cell) : String(cell);
}
