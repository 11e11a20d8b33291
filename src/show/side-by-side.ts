import { ValueError } from "../torch/errors.js";
import { Figure } from "./figure.js";

/**
 * Figures beside one another, `cols` in a row. Throws ValueError when there is none.
 *
 * @example
 * sideBySide([lineChart({ series: [{ y: losses }] }), lineChart({ series: [{ y: rates }] })]);
 */
export function sideBySide(figures: readonly Figure[], { cols = figures.length }: { cols?: number } = {}): Figure {
  const [first] = figures;
  if (!first || !(cols >= 1)) {
    throw new ValueError(`sideBySide: expected figures and cols of at least 1, got ${figures.length} and ${cols}.`);
  }
  const parts: string[] = [];
  let [x, y, width, rowHeight] = [0, 0, 0, 0];
  for (const [i, figure] of figures.entries()) {
    if (i > 0 && i % cols === 0) [x, y, rowHeight] = [0, y + rowHeight, 0];
    parts.push(figure.toSVG().replace("<svg ", `<svg x="${x}" y="${y}" `)); // a picture inside the picture
    x += figure.width;
    width = Math.max(width, x);
    rowHeight = Math.max(rowHeight, figure.height);
  }
  return new Figure(width, y + rowHeight, parts.join(""), { label: figures.map(String).join(", ") });
}
