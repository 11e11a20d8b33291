import { checkOptions } from "../torch/errors.js";
import { Figure } from "./figure.js";
import { textWidth } from "./font.js";
import { legend } from "./legend.js";
import { lineChartSpec } from "./line-chart-spec.js";
import { layOutMarkers, type Marker } from "./markers.js";
import { type AxisScale, axisScale, extent } from "./scale.js";
import { el, px, textEl } from "./svg.js";
import { truncate } from "./text.js";
import { seriesColor, theme } from "./theme.js";
import { formatNumber } from "./ticks.js";

/** One line of a chart. */
export interface Series {
  y: ArrayLike<number>;
  /** Place of each value. Default 0, 1, 2 … */
  x?: ArrayLike<number>;
  /** Name in the legend. Default none. */
  name?: string;
  /** Default: the next colour of the palette. */
  color?: string;
  /** Default false. */
  dashed?: boolean;
  /** Draws a dot at each value. Default: for up to 12 values. */
  dots?: boolean;
}

/** What a line chart shows. */
export interface LineChartOptions {
  series: Series[];
  title?: string;
  xLabel?: string;
  yLabel?: string;
  /** Logarithmic axes; values that are not positive have no place on them. Default false. */
  logX?: boolean;
  logY?: boolean;
  /** Smallest and largest value of the y axis; lines are cut off there. Default: what the series need. */
  yRange?: [low: number, high: number];
  /** Vertical lines with a label above the chart. */
  markers?: Marker[];
  /** Pixels. Default 680 x 420. */
  width?: number;
  height?: number;
}

const known = ["series", "title", "xLabel", "yLabel", "logX", "logY", "yRange", "markers", "width", "height"];

interface Plot {
  x: AxisScale;
  y: AxisScale;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/**
 * Lines over a linear or logarithmic axis, with a legend and labelled vertical markers. Values that are not finite break
 * the line.
 *
 * @example
 * lineChart({ series: [{ name: "train", y: [3, 2, 1] }, { name: "valid", y: [3.1, 2.4, 1.9] }], xLabel: "epoch", yLabel: "loss" });
 */
export function lineChart(options: LineChartOptions): Figure {
  checkOptions("lineChart", options, known);
  const { series, title, xLabel, yLabel, logX = false, logY = false, width = 680, height = 420 } = options;
  const xs = series.map(({ x, y }) => x ?? Array.from({ length: y.length }, (_, i) => i));
  const markers = options.markers ?? [];
  const xDomain = extent([...xs.flatMap((x) => Array.from(x)), ...markers.map((m) => m.x)], { log: logX, pad: 0.02 });
  const yDomain =
    options.yRange ??
    extent(
      series.flatMap((s) => Array.from(s.y)),
      { log: logY, pad: 0.05 },
    );

  const names = legend(
    series.map((s, i) => ({ name: s.name, color: s.color ?? seriesColor(i), dashed: s.dashed })),
    width - 48,
  );
  const bottom = height - (xLabel ? 58 : 38);
  const yTicks = axisScale({ domain: yDomain, range: [bottom, 0], log: logY }).ticks;
  const tickWidth = Math.max(0, ...yTicks.map((tick) => textWidth(formatNumber(tick), 12)));
  const left = 18 + tickWidth + 8 + (yLabel ? 22 : 0);
  const right = width - 24;
  const x = axisScale({ domain: xDomain, range: [left, right], log: logX, count: 7 });
  const flags = layOutMarkers(markers, x, [left, right]);
  const top = 20 + (title ? 26 : 0) + names.height + flags.height;
  const y = axisScale({
    domain: yDomain,
    range: [bottom, top],
    log: logY,
    count: Math.max(2, Math.round((bottom - top) / 50)),
  });
  const plot: Plot = { x, y, left, right, top, bottom };

  const lines = series.map((s, i) => drawSeries(plot, s, xs[i] ?? [], s.color ?? seriesColor(i)));
  const clip = `plot-${[left, top, right, bottom].map(Math.round).join("-")}`; // same name, same box: safe on one page
  const body = [
    el("clipPath", { id: clip }, el("rect", { x: left, y: top - 1, width: right - left, height: bottom - top + 2 })),
    title ? textEl(truncate(title, width - 48, 15, "bold"), { x: 24, y: 30, size: 15, weight: "bold" }) : "",
    el("g", { transform: `translate(24 ${title ? 46 : 20})` }, names.svg),
    drawAxes(plot, { logX, wholeX: xs.every((x) => Array.from(x).every(Number.isInteger)), xLabel, yLabel }),
    flags.draw(top, bottom),
    el("g", { "clip-path": `url(#${clip})` }, ...lines),
  ];
  const label = title ?? [yLabel, xLabel].filter(Boolean).join(" over ");
  return new Figure(width, height, body.join(""), { label, spec: lineChartSpec(options, xs) });
}

function drawAxes(
  { x, y, left, right, top, bottom }: Plot,
  labels: { logX: boolean; wholeX: boolean; xLabel?: string; yLabel?: string },
): string {
  const rows = y.ticks.map((tick) => {
    const at = y.at(tick);
    return (
      el("line", { x1: left, x2: right, y1: at, y2: at, stroke: theme.grid }) +
      textEl(formatNumber(tick), { x: left - 8, y: at + 4, anchor: "end", color: theme.muted })
    );
  });
  // There is nothing between two steps or epochs.
  const ticks = labels.wholeX ? x.ticks.filter((tick) => Math.abs(tick - Math.round(tick)) < 1e-9) : x.ticks;
  const columns = ticks.map((tick) => {
    const at = x.at(tick);
    return (
      el("line", { x1: at, x2: at, y1: bottom, y2: bottom + 5, stroke: theme.axis }) +
      textEl(labels.logX ? formatNumber(tick, 2) : formatNumber(tick), {
        x: at,
        y: bottom + 20,
        anchor: "middle",
        color: theme.muted,
      })
    );
  });
  const middle = (top + bottom) / 2;
  return [
    ...rows,
    ...columns,
    el("line", { x1: left, x2: right, y1: bottom, y2: bottom, stroke: theme.axis }),
    labels.xLabel ? textEl(labels.xLabel, { x: (left + right) / 2, y: bottom + 42, size: 13, anchor: "middle" }) : "",
    labels.yLabel ? textEl(labels.yLabel, { x: 26, y: middle, size: 13, anchor: "middle", rotate: -90 }) : "",
  ].join("");
}

function drawSeries({ x, y, left, right }: Plot, series: Series, xs: ArrayLike<number>, color: string): string {
  const runs: [number, number][][] = [[]];
  for (let i = 0; i < series.y.length; i++) {
    const xValue = xs[i] ?? Number.NaN;
    const yValue = series.y[i] ?? Number.NaN;
    if (x.has(xValue) && y.has(yValue)) runs.at(-1)?.push([x.at(xValue), y.at(yValue)]);
    else if (runs.at(-1)?.length) runs.push([]);
  }
  const paths = runs.map((run) => thin(run, right - left)).map((run) => drawRun(run, color, series.dashed ?? false));
  const dots = series.dots ?? series.y.length <= 12;
  const points = dots ? runs.flat().map(([cx, cy]) => el("circle", { cx, cy, r: 3, fill: color })) : [];
  return [...paths, ...points].join("");
}

function drawRun(run: [number, number][], color: string, dashed: boolean): string {
  const [first] = run;
  if (!first) return "";
  if (run.length === 1) return el("circle", { cx: first[0], cy: first[1], r: 2, fill: color });
  const points = run.map(([a, b]) => `${px(a)},${px(b)}`).join(" ");
  const stroke = {
    stroke: color,
    "stroke-width": 2,
    "stroke-linejoin": "round",
    "stroke-dasharray": dashed ? "6 4" : undefined,
  };
  return el("polyline", { points, fill: "none", ...stroke });
}

/** Keeps the first, lowest, highest and last point of each pixel column when there are far more points than pixels. */
function thin(run: [number, number][], columns: number): [number, number][] {
  if (run.length <= columns * 4) return run;
  const kept: [number, number][] = [];
  for (let i = 0; i < run.length; ) {
    const start = i;
    const column = Math.floor(run[i]?.[0] ?? 0);
    while (i < run.length && Math.floor(run[i]?.[0] ?? 0) === column) i++;
    const points = run.slice(start, i);
    const byHeight = [...points].sort((a, b) => a[1] - b[1]);
    const chosen = new Set([points[0], byHeight[0], byHeight.at(-1), points.at(-1)]);
    kept.push(...points.filter((point) => chosen.has(point)));
  }
  return kept;
}
