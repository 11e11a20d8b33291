import { checkOptions, ValueError } from "../torch/errors.js";
import { Figure, type VegaLiteSpec } from "./figure.js";
import { textWidth } from "./font.js";
import { axisScale, extent } from "./scale.js";
import { el, textEl } from "./svg.js";
import { truncate } from "./text.js";
import { seriesColor, theme } from "./theme.js";
import { formatNumber } from "./ticks.js";
import { vegaLiteSchema } from "./vega-lite.js";

/** What a bar chart shows. */
export interface BarChartOptions {
  /** The name of each bar, from top to bottom. */
  names: string[];
  /** Its length; may be negative. */
  values: ArrayLike<number>;
  title?: string;
  /** What the values are. */
  xLabel?: string;
  /** Pixels. Default 680. */
  width?: number;
}

const known = ["names", "values", "title", "xLabel", "width"];
const barHeight = 24;

/**
 * Horizontal bars with their names at the left and their numbers at the end.
 * Throws ValueError if names and values differ in number.
 *
 * @example
 * barChart({ names: ["age", "job"], values: [0.2, 0.05], xLabel: "importance" });
 */
export function barChart(options: BarChartOptions): Figure {
  checkOptions("barChart", options, known);
  const { names, title, xLabel, width = 680 } = options;
  const values = Array.from(options.values);
  if (names.length !== values.length) {
    throw new ValueError(`barChart: expected as many names as values, got ${names.length} and ${values.length}.`);
  }
  const labels = names.map((name) => truncate(name, 220, 13));
  const left = 24 + Math.max(0, ...labels.map((label) => textWidth(label, 13))) + 10;
  const top = 20 + (title ? 28 : 0);
  const bottom = top + names.length * barHeight;
  const [low, high] = extent([0, ...values], { pad: 0.02 });
  const x = axisScale({ domain: [Math.min(0, low), Math.max(0, high)], range: [left, width - 90] });
  const bars = values.map((value, i) => {
    const y = top + i * barHeight;
    const [from, to] = [Math.min(x.at(0), x.at(value)), Math.max(x.at(0), x.at(value))];
    return (
      textEl(labels[i] ?? "", { x: left - 10, y: y + 16, size: 13, anchor: "end" }) +
      el("rect", { x: from, y: y + 3, width: Math.max(1, to - from), height: barHeight - 6, fill: seriesColor(0) }) +
      textEl(formatNumber(value), { x: to + 6, y: y + 16, color: theme.muted })
    );
  });
  const body = [
    title ? textEl(truncate(title, width - 48, 15, "bold"), { x: 24, y: 30, size: 15, weight: "bold" }) : "",
    el("line", { x1: x.at(0), x2: x.at(0), y1: top, y2: bottom, stroke: theme.axis }),
    ...bars,
    xLabel ? textEl(xLabel, { x: left, y: bottom + 22, size: 13, color: theme.muted }) : "",
  ];
  const spec = barSpec(names, values, options);
  return new Figure(width, bottom + (xLabel ? 38 : 18), body.join(""), { label: title ?? xLabel ?? "bars", spec });
}

function barSpec(
  names: readonly string[],
  values: readonly number[],
  { title, xLabel }: BarChartOptions,
): VegaLiteSpec {
  return {
    $schema: vegaLiteSchema,
    ...(title ? { title } : {}),
    data: { values: names.map((name, i) => ({ name, value: values[i] ?? null })) },
    mark: "bar",
    encoding: {
      y: { field: "name", type: "nominal", sort: null, title: null },
      x: { field: "value", type: "quantitative", title: xLabel ?? "value" },
    },
  };
}
