import { textWidth } from "./font.js";
import { el, textEl } from "./svg.js";
import { truncate } from "./text.js";

/** One entry of a legend. */
export interface LegendEntry {
  name?: string;
  color: string;
  dashed?: boolean;
  /** A square of the colour instead of a stroke. */
  area?: boolean;
}

/** Names with a stroke of their colour, side by side, wrapped to `maxWidth`; the corner at the top left is (0, 0). */
export function legend(entries: LegendEntry[], maxWidth: number): { svg: string; height: number } {
  const rowHeight = 20;
  const parts: string[] = [];
  let x = 0;
  let row = 0;
  for (const { name, color, dashed, area = false } of entries) {
    if (name === undefined) continue;
    const text = truncate(name, maxWidth - 28, 12);
    const width = 28 + textWidth(text, 12);
    if (x > 0 && x + width > maxWidth) {
      x = 0;
      row++;
    }
    const y = row * rowHeight + 8;
    const stroke = { stroke: color, "stroke-width": area ? 12 : 3, "stroke-dasharray": dashed ? "6 4" : undefined };
    parts.push(el("line", { x1: x, x2: x + 20, y1: y, y2: y, ...stroke }), textEl(text, { x: x + 28, y: y + 4 }));
    x += width + 22;
  }
  return { svg: parts.join(""), height: parts.length === 0 ? 0 : (row + 1) * rowHeight + 6 };
}
