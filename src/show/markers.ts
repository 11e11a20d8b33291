import { textWidth } from "./font.js";
import type { AxisScale } from "./scale.js";
import { el, textEl } from "./svg.js";
import { seriesColor, theme } from "./theme.js";

/** A vertical line in a chart, such as a learning rate that was suggested. */
export interface Marker {
  x: number;
  label?: string;
  /** Default: a colour of its own. */
  color?: string;
}

/** Rows of labels above a chart, none covering another, and the lines that lead down from them. */
export interface MarkerLayout {
  height: number;
  draw(top: number, bottom: number): string;
}

const rowHeight = 18;

interface Placed extends Marker {
  at: number;
  start: number;
  end: number;
  row: number;
  color: string;
}

/**
 * Places each label at the right of its line, above every label and line further right that it would touch, so that the
 * lines lead down undisturbed. Labels stay between `left` and `right`.
 */
export function layOutMarkers(markers: Marker[], x: AxisScale, [left, right]: [number, number]): MarkerLayout {
  const placed: Placed[] = [];
  const colored = markers.map((marker, i) => ({ ...marker, color: marker.color ?? seriesColor(i + 1) }));
  for (const marker of colored.filter((m) => x.has(m.x)).sort((a, b) => b.x - a.x)) {
    const width = marker.label ? textWidth(marker.label, 12, "bold") : 0;
    const at = x.at(marker.x);
    const start = Math.max(left, Math.min(at - 4, right - width));
    const end = start + width;
    const touched = placed.filter((other) => marker.label && other.start < end + 12 && other.label);
    placed.push({ ...marker, at, start, end, row: 1 + Math.max(-1, ...touched.map((other) => other.row)) });
  }
  const rows = Math.max(0, ...placed.filter((m) => m.label).map((m) => m.row + 1));
  return {
    height: rows === 0 ? 0 : rows * rowHeight + 6,
    draw(top, bottom) {
      const baseline = (row: number) => top - 8 - row * rowHeight;
      const lines = placed.map(({ at, row, color, label }) => {
        const y1 = label ? baseline(row) + 4 : top;
        return el("line", {
          x1: at,
          x2: at,
          y1,
          y2: bottom,
          stroke: color,
          "stroke-width": 1.5,
          "stroke-dasharray": "4 3",
        });
      });
      const labels = placed.map(({ label, start, end, row, color }) => {
        if (!label) return "";
        const y = baseline(row);
        const halo = el("rect", {
          x: start - 3,
          y: y - 12,
          width: end - start + 6,
          height: 16,
          fill: theme.background,
        });
        return halo + textEl(label, { x: start, y, weight: "bold", color });
      });
      return [...lines, ...labels].join("");
    },
  };
}
