/** Boxes with names, and points, drawn over a picture. */
import { textWidth } from "./font.js";
import { el, textEl } from "./svg.js";
import { truncate } from "./text.js";
import { inkOn, theme } from "./theme.js";

/** A box, or a point, in pixels of the picture. */
export type ImageMark =
  | {
      readonly box: readonly [left: number, top: number, right: number, bottom: number];
      /** Its name, written at its upper left corner. */
      readonly label?: string;
      /** "#rrggbb". Default red. */
      readonly color?: string;
    }
  | { readonly point: readonly [x: number, y: number]; readonly color?: string };

/** Where a picture lies on the page, and how many of its pixels. */
export interface MarkedPicture {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Size on the page of one pixel of the picture. */
  readonly scale: number;
}

const size = 10.5;
const tagHeight = 15;

/** The marks as SVG. Boxes are cut at the edge of the picture; those without area are left out. */
export function drawMarks(marks: readonly ImageMark[], picture: MarkedPicture): string {
  const boxes = marks.flatMap((mark) => ("box" in mark ? [drawBox(mark, picture)] : []));
  const points = marks.flatMap((mark) => ("point" in mark ? [drawPoint(mark, picture)] : []));
  return [...boxes.map(({ frame }) => frame), ...points, ...boxes.map(({ tag }) => tag)].join("");
}

function drawBox(
  { box, label, color = theme.bad }: Extract<ImageMark, { box: unknown }>,
  { x, y, width, height, scale }: MarkedPicture,
): { frame: string; tag: string } {
  const within = (value: number, most: number) => Math.min(most, Math.max(0, value * scale));
  const [left, right] = [within(box[0], width), within(box[2], width)];
  const [top, bottom] = [within(box[1], height), within(box[3], height)];
  if (right <= left || bottom <= top) return { frame: "", tag: "" };
  const rect = { x: x + left, y: y + top, width: right - left, height: bottom - top, fill: "none" };
  const frame = el("rect", { ...rect, stroke: "#ffffff", "stroke-width": 3, "stroke-opacity": 0.6 });
  const line = el("rect", { ...rect, stroke: color, "stroke-width": 1.75 });
  return { frame: frame + line, tag: label ? drawTag(label, color, [x + left, y + top], x + width, y) : "" };
}

/** The name on its colour: above the corner where there is room, else inside; never beyond the picture's right side. */
function drawTag(label: string, color: string, corner: readonly [number, number], right: number, top: number): string {
  const text = truncate(label, right - corner[0] > 40 ? right - corner[0] - 6 : 80, size);
  const width = textWidth(text, size) + 6;
  const x = Math.min(corner[0] - 0.9, right - width);
  const y = corner[1] - tagHeight >= top ? corner[1] - tagHeight : corner[1];
  return (
    el("rect", { x, y, width, height: tagHeight, fill: color, "fill-opacity": 0.85 }) +
    textEl(text, { x: x + 3, y: y + 11, size, color: inkOn(color) })
  );
}

function drawPoint(
  { point, color = theme.bad }: Extract<ImageMark, { point: unknown }>,
  { x, y, width, height, scale }: MarkedPicture,
): string {
  const [cx, cy] = [point[0] * scale, point[1] * scale];
  if (!(cx >= 0 && cy >= 0 && cx <= width && cy <= height)) return "";
  return el("circle", { cx: x + cx, cy: y + cy, r: 2, fill: color, stroke: "#ffffff", "stroke-width": 0.7 });
}
