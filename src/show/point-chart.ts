import { checkOptions } from "../torch/errors.js";
import { Figure, type VegaLiteSpec } from "./figure.js";
import { textWidth } from "./font.js";
import { axisScale, extent } from "./scale.js";
import { el, textEl } from "./svg.js";
import { truncate } from "./text.js";
import { seriesColor, theme } from "./theme.js";
import { vegaLiteSchema } from "./vega-lite.js";

/** A point with its name. */
export interface ChartPoint {
  x: number;
  y: number;
  name: string;
}

/** What a point chart shows. */
export interface PointChartOptions {
  points: ChartPoint[];
  title?: string;
  /** Pixels. Default 680 x 520. */
  width?: number;
  height?: number;
}

const known = ["points", "title", "width", "height"];

interface Box {
  x: number;
  y: number;
  width: number;
}

/** Points in a plane with names beside them; a name that would cover another one is left out. */
export function pointChart(options: PointChartOptions): Figure {
  checkOptions("pointChart", options, known);
  const { points, title, width = 680, height = 520 } = options;
  const top = 24 + (title ? 26 : 0);
  const x = axisScale({
    domain: extent(
      points.map((p) => p.x),
      { pad: 0.04 },
    ),
    range: [32, width - 110],
  });
  const y = axisScale({
    domain: extent(
      points.map((p) => p.y),
      { pad: 0.04 },
    ),
    range: [height - 24, top],
  });
  const taken: Box[] = [];
  const drawn = points.map(({ x: px, y: py, name }) => {
    const text = truncate(name, 170, 12);
    const box = { x: x.at(px) + 7, y: y.at(py) + 4, width: textWidth(text, 12) };
    const free = !taken.some((other) => covers(box, other));
    if (free) taken.push(box);
    const dot = el("circle", { cx: x.at(px), cy: y.at(py), r: 4, fill: seriesColor(0), "fill-opacity": 0.75 });
    return dot + (free ? textEl(text, { x: box.x, y: box.y, color: theme.ink }) : "");
  });
  const head = title ? textEl(truncate(title, width - 48, 15, "bold"), { x: 24, y: 30, size: 15, weight: "bold" }) : "";
  const frame = el("rect", {
    x: 16,
    y: top - 8,
    width: width - 32,
    height: height - top - 4,
    fill: "none",
    stroke: theme.grid,
  });
  return new Figure(width, height, head + frame + drawn.join(""), {
    label: title ?? "points",
    spec: pointSpec(options),
  });
}

function covers(a: Box, b: Box): boolean {
  return Math.abs(a.y - b.y) < 13 && a.x < b.x + b.width + 4 && b.x < a.x + a.width + 4;
}

function pointSpec({ points, title }: PointChartOptions): VegaLiteSpec {
  const axis = (field: string) => ({ field, type: "quantitative", title: null });
  return {
    $schema: vegaLiteSchema,
    ...(title ? { title } : {}),
    data: { values: points.map((point) => ({ ...point })) },
    encoding: { x: axis("x"), y: axis("y") },
    layer: [{ mark: "point" }, { mark: { type: "text", align: "left", dx: 6 }, encoding: { text: { field: "name" } } }],
  };
}
