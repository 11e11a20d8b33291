import { checkOptions, ValueError } from "../torch/errors.js";
import { Figure, type Json, type VegaLiteSpec } from "./figure.js";
import { textWidth } from "./font.js";
import { el, textEl } from "./svg.js";
import { truncate } from "./text.js";
import { bluesAt, inkOn, theme } from "./theme.js";
import { formatNumber } from "./ticks.js";
import { vegaLiteSchema } from "./vega-lite.js";

/** What a matrix chart shows. */
export interface MatrixChartOptions {
  /** Rows of numbers; each row has one value a column. */
  values: ArrayLike<number>[];
  /** Names of the rows, and of the columns unless `colNames` says otherwise. */
  names: string[];
  colNames?: string[];
  title?: string;
  /** What rows and columns are. Default "Actual" and "Predicted". */
  rowLabel?: string;
  colLabel?: string;
  /** Text of a cell. Default: the number. */
  format?: (value: number) => string;
  /** Writes the values into the cells. Default true. */
  showValues?: boolean;
}

const known = ["values", "names", "colNames", "title", "rowLabel", "colLabel", "format", "showValues"];
const maxNameWidth = 170;

/**
 * A matrix of numbers in shades of blue, such as a confusion matrix.
 * Throws ValueError if the values and the names do not agree in number.
 */
export function matrixChart(options: MatrixChartOptions): Figure {
  checkOptions("matrixChart", options, known);
  const { values, names, title = "", rowLabel = "Actual", colLabel = "Predicted", showValues = true } = options;
  const colNames = options.colNames ?? names;
  if (values.length !== names.length || values.some((row) => row.length !== colNames.length)) {
    const got = `${values.length} rows of ${[...new Set(values.map((row) => row.length))].join(", ")} values`;
    throw new ValueError(`matrixChart: expected ${names.length} rows of ${colNames.length} values, got ${got}.`);
  }
  const texts = values.map((row) => Array.from(row, options.format ?? ((value) => formatNumber(value))));
  const { cell, textSize, nameSize } = sizes(
    Math.max(names.length, colNames.length),
    showValues ? texts.flat() : [],
    colNames,
  );
  const rowNames = names.map((name) => truncate(name, maxNameWidth, nameSize));
  const bottomNames = colNames.map((name) => truncate(name, maxNameWidth, nameSize));
  const turned = bottomNames.some((name) => textWidth(name, nameSize) > cell - 6);
  const rowNameWidth = Math.max(0, ...rowNames.map((name) => textWidth(name, nameSize)));
  const colNameHeight = turned ? Math.max(...bottomNames.map((name) => textWidth(name, nameSize))) : nameSize;

  const left = 20 + 22 + rowNameWidth + 8;
  const top = 20 + (title ? 28 : 0);
  const right = left + cell * colNames.length;
  const bottom = top + cell * names.length;
  const width = Math.max(right + 24, title ? 48 + textWidth(title, 15, "bold") : 0);
  const height = bottom + 10 + colNameHeight + 42;

  const peak = Math.max(0, ...values.flatMap((row) => Array.from(row)).filter(Number.isFinite));
  const cells = values.flatMap((row, r) =>
    Array.from(row, (value, c) => {
      const fill = bluesAt(peak > 0 ? value / peak : 0);
      const [x, y] = [left + c * cell, top + r * cell];
      const color = value === 0 ? theme.axis : inkOn(fill);
      const text = {
        x: x + cell / 2,
        y: y + cell / 2 + textSize * 0.36,
        size: textSize,
        anchor: "middle",
        color,
      } as const;
      return (
        el("rect", { x, y, width: cell, height: cell, fill, stroke: "#ffffff" }) +
        (showValues ? textEl(texts[r]?.[c] ?? "", text) : "")
      );
    }),
  );
  const body = [
    title ? textEl(title, { x: 24, y: 30, size: 15, weight: "bold" }) : "",
    ...cells,
    el("rect", { x: left, y: top, width: right - left, height: bottom - top, fill: "none", stroke: theme.axis }),
    ...rowNames.map((name, r) =>
      textEl(name, { x: left - 8, y: top + (r + 0.5) * cell + nameSize * 0.36, size: nameSize, anchor: "end" }),
    ),
    ...bottomNames.map((name, c) => columnName(name, left + (c + 0.5) * cell, bottom + 10, nameSize, turned)),
    textEl(rowLabel, { x: 28, y: (top + bottom) / 2, size: 13, anchor: "middle", rotate: -90, weight: "bold" }),
    textEl(colLabel, { x: (left + right) / 2, y: height - 16, size: 13, anchor: "middle", weight: "bold" }),
  ];
  return new Figure(width, height, body.join(""), {
    label: title || `${rowLabel} by ${colLabel}`,
    spec: spec(options),
  });
}

/** Cells shrink as classes become many, but stay wide enough for their longest text. */
function sizes(n: number, texts: string[], names: string[]): { cell: number; textSize: number; nameSize: number } {
  const textSize = n <= 12 ? 13 : n <= 20 ? 11 : 10;
  const longest = Math.max(0, ...texts.map((text) => textWidth(text, textSize)));
  const nameSize = n <= 20 ? 12 : 11;
  const longestName = Math.max(0, ...names.map((name) => textWidth(name, nameSize)));
  const roomy = n <= 5 ? Math.min(130, longestName + 14) : 0; // few classes: wide cells rather than turned names
  const cell = Math.max(n <= 4 ? 76 : n <= 12 ? 46 : n <= 20 ? 32 : 24, longest + 8, roomy);
  return { cell, textSize, nameSize };
}

function columnName(name: string, x: number, y: number, size: number, turned: boolean): string {
  if (turned) return textEl(name, { x: x + size * 0.36, y, size, anchor: "end", rotate: -90 });
  return textEl(name, { x, y: y + size * 0.8, size, anchor: "middle" });
}

function spec({
  values,
  names,
  colNames = names,
  title,
  rowLabel = "Actual",
  colLabel = "Predicted",
}: MatrixChartOptions): VegaLiteSpec {
  const cells = values.flatMap((row, r) =>
    Array.from(
      row,
      (value, c): Json => ({
        row: names[r] ?? "",
        column: colNames[c] ?? "",
        value: Number.isFinite(value) ? value : null,
      }),
    ),
  );
  const axes: Json = {
    x: { field: "column", type: "nominal", title: colLabel, sort: null },
    y: { field: "row", type: "nominal", title: rowLabel, sort: null },
  };
  const shades: Json = {
    mark: "rect",
    encoding: { color: { field: "value", type: "quantitative", scale: { scheme: "blues" } } },
  };
  const numbers: Json = { mark: "text", encoding: { text: { field: "value", type: "quantitative" } } };
  return {
    $schema: vegaLiteSchema,
    ...(title ? { title } : {}),
    data: { values: cells },
    encoding: axes,
    layer: [shades, numbers],
  };
}
