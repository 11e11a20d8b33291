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

/** A place on the page. */
interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A name that is written somewhere. */
interface Tag extends Place {
  readonly label: string;
}

const overlap = (a: Place, b: Place) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/**
 * The marks as SVG. Boxes are cut at the edge of the picture; those without area are left out. A name is moved to another
 * corner of its box where it would cover one that is already there, and left out where each would and the name, with its
 * colour, stands elsewhere in the picture.
 */
export function drawMarks(marks: readonly ImageMark[], picture: MarkedPicture): string {
  const taken: Tag[] = [];
  const boxes = marks.flatMap((mark) => ("box" in mark ? [drawBox(mark, picture, taken)] : []));
  const points = marks.flatMap((mark) => ("point" in mark ? [drawPoint(mark, picture)] : []));
  return [...boxes.map(({ frame }) => frame), ...points, ...boxes.map(({ tag }) => tag)].join("");
}

function drawBox(
  { box, label, color = theme.bad }: Extract<ImageMark, { box: unknown }>,
  picture: MarkedPicture,
  taken: Tag[],
): { frame: string; tag: string } {
  const { x, y, width, height, scale } = picture;
  const within = (value: number, most: number) => Math.min(most, Math.max(0, value * scale));
  const [left, right] = [within(box[0], width), within(box[2], width)];
  const [top, bottom] = [within(box[1], height), within(box[3], height)];
  if (right <= left || bottom <= top) return { frame: "", tag: "" };
  const place = { x: x + left, y: y + top, width: right - left, height: bottom - top };
  const rect = { ...place, fill: "none" };
  const frame = el("rect", { ...rect, stroke: "#ffffff", "stroke-width": 3, "stroke-opacity": 0.6 });
  const line = el("rect", { ...rect, stroke: color, "stroke-width": 1.75 });
  return { frame: frame + line, tag: label ? drawTag(label, color, place, picture, taken) : "" };
}

/** The name on its colour, above the box where there is room, else inside or below; never outside the picture. */
function drawTag(label: string, color: string, box: Place, picture: MarkedPicture, taken: Tag[]): string {
  const right = picture.x + picture.width;
  const room = right - box.x;
  const text = truncate(label, room > 40 ? room - 6 : 80, size);
  const width = textWidth(text, size) + 6;
  const at = (x: number, y: number): Place => ({ x: Math.min(x, right - width), y, width, height: tagHeight });
  const [x1, x2] = [box.x - 0.9, Math.max(picture.x, box.x + box.width + 0.9 - width)];
  const bottom = box.y + box.height;
  const places = [
    ...[at(x1, box.y - tagHeight), at(x1, box.y), at(x1, bottom), at(x1, bottom - tagHeight)],
    ...[at(x2, box.y - tagHeight), at(x2, box.y), at(x2, bottom), at(x2, bottom - tagHeight)],
  ].filter(({ y }) => y >= picture.y && y + tagHeight <= picture.y + picture.height);
  const free = places.find((place) => !taken.some((other) => overlap(place, other)));
  if (!free && taken.some((other) => other.label === label)) return "";
  const { x, y } = free ?? places[0] ?? at(x1, box.y);
  taken.push({ ...at(x, y), label });
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
