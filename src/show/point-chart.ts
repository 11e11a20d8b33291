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

/** Pixels around a point that its dot takes, and those of a line of text. */
const DOT = 5;
const SIZE = 12;

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Points in a plane with names beside them, where there is room; a name that would cover something is left out. */
export function pointChart(options: PointChartOptions): Figure {
  checkOptions("pointChart", options, known);
  const { points, title, width = 680, height = 520 } = options;
  const frame = { left: 16, right: width - 16, top: title ? 42 : 16, bottom: height - 12 };
  const scale = (values: number[], range: [number, number]) =>
    axisScale({ domain: extent(values, { pad: 0.04 }), range });
  const xs = scale(
    points.map(({ x }) => x),
    [frame.left + 16, frame.right - 94],
  );
  const ys = scale(
    points.map(({ y }) => y),
    [frame.bottom - 12, frame.top + 8],
  );
  const dots = points.map(({ x, y }) => around(xs.at(x), ys.at(y), DOT, DOT));
  const taken = [...dots];
  const names = points.map(({ x, y, name }, i) => {
    const text = truncate(name, 170, SIZE);
    const place = places(xs.at(x), ys.at(y), textWidth(text, SIZE)).find(
      (box) => isWithin(box, frame) && !taken.some((other) => other !== dots[i] && covers(box, other)),
    );
    if (!place) return "";
    taken.push(place);
    return textEl(text, { x: place.left, y: place.bottom - 3, color: theme.ink });
  });
  const circles = points.map(({ x, y }) =>
    el("circle", { cx: xs.at(x), cy: ys.at(y), r: 4, fill: seriesColor(0), "fill-opacity": 0.75 }),
  );
  const head = title ? textEl(truncate(title, width - 48, 15, "bold"), { x: 24, y: 30, size: 15, weight: "bold" }) : "";
  const { left, right, top, bottom } = frame;
  const edge = el("rect", {
    ...{ x: left, y: top, width: right - left, height: bottom - top },
    ...{ fill: "none", stroke: theme.grid },
  });
  return new Figure(width, height, head + edge + circles.join("") + names.join(""), {
    label: title ?? "points",
    spec: pointSpec(options),
  });
}

function around(x: number, y: number, halfWidth: number, halfHeight: number): Box {
  return { left: x - halfWidth, right: x + halfWidth, top: y - halfHeight, bottom: y + halfHeight };
}

/** Where the name of a point may stand, the best place first: right of it, left, above, below. */
function places(x: number, y: number, width: number): Box[] {
  const half = width / 2;
  const beside = half + DOT + 2;
  const apart = SIZE / 2 + DOT + 2;
  return [
    ...[around(x + beside, y, half, SIZE / 2 + 1), around(x - beside, y, half, SIZE / 2 + 1)],
    ...[around(x, y - apart, half, SIZE / 2 + 1), around(x, y + apart, half, SIZE / 2 + 1)],
  ];
}

function isWithin(a: Box, b: Box): boolean {
  return a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom;
}

function covers(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
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
