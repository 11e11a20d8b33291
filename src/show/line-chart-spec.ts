import type { Json, VegaLiteSpec } from "./figure.js";
import type { LineChartOptions } from "./line-chart.js";
import { seriesColor } from "./theme.js";
import { vegaLiteSchema } from "./vega-lite.js";

/** The vega-lite specification of a line chart. `xs`: the places of each series' values. */
export function lineChartSpec(options: LineChartOptions, xs: ArrayLike<number>[]): VegaLiteSpec {
  const {
    series,
    title,
    xLabel = "x",
    yLabel = "y",
    logX,
    logY,
    yRange,
    markers = [],
    width = 680,
    height = 420,
  } = options;
  const names = series.map((s, i) => s.name ?? `series ${i + 1}`);
  const values = series.flatMap((s, i) =>
    Array.from(s.y, (y, k): Json => ({ series: names[i] ?? "", x: finite(xs[i]?.[k]), y: finite(y) })),
  );
  const color = { domain: names, range: series.map((s, i) => s.color ?? seriesColor(i)) };
  const lines: Json = {
    data: { values },
    mark: { type: "line", clip: true },
    encoding: {
      x: { field: "x", type: "quantitative", title: xLabel, scale: { type: logX ? "log" : "linear", zero: false } },
      y: {
        field: "y",
        type: "quantitative",
        title: yLabel,
        scale: { type: logY ? "log" : "linear", zero: false, ...(yRange ? { domain: yRange } : {}) },
      },
      color: { field: "series", type: "nominal", title: null, scale: color },
    },
  };
  const flags: Json = {
    data: { values: markers.map(({ x, label = "" }) => ({ x, label })) },
    mark: { type: "rule", strokeDash: [4, 3] },
    encoding: { x: { field: "x", type: "quantitative" }, tooltip: { field: "label" } },
  };
  const layer = markers.length > 0 ? [lines, flags] : [lines];
  return { $schema: vegaLiteSchema, ...(title ? { title } : {}), width, height, layer };
}

/** JSON knows no NaN and no infinity; vega-lite leaves a gap at null. */
function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
