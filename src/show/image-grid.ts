import { checkOptions } from "../torch/errors.js";
import { Figure } from "./figure.js";
import { drawMarks, type ImageMark } from "./image-marks.js";
import { type LegendEntry, legend } from "./legend.js";
import { type Pixels, toBytes } from "./pixels.js";
import { encodePng } from "./png.js";
import { el, textEl } from "./svg.js";
import { truncate, wrap } from "./text.js";
import { theme } from "./theme.js";

/** One picture of a grid. */
export interface GridImage extends Pixels {
  /** Text above the picture; "\n" starts a new line. */
  title?: string;
  /**
   * Of the title, or of each line that it was given: `"good"` is green, `"bad"` is red, `""` dark ink, anything else an SVG
   * colour. Default dark ink.
   */
  titleColor?: string | readonly string[];
  /** Boxes with names, and points, drawn over the picture. */
  marks?: readonly ImageMark[];
}

/** How a grid is laid out. */
export interface ImageGridOptions {
  /** Pictures in a row. Default: about as many as rows, at most 6. */
  cols?: number;
  /** Text above the grid. */
  title?: string;
  /** Longer side of a picture in pixels. Default 200 for few pictures, 150 for many. */
  size?: number;
  /** Names of colours, below the grid. */
  legend?: readonly LegendEntry[];
}

const known = ["cols", "title", "size", "legend"];
const gap = 16;
const margin = 20;
const titleSize = 13;
const lineHeight = 17;

/**
 * Pictures side by side with titles. Tiny ones are enlarged with hard pixel edges, large ones shrunk.
 *
 * @example
 * imageGrid([{ data: new Float32Array(3 * 8 * 8), width: 8, height: 8, channels: 3, title: "black" }]);
 */
export function imageGrid(images: GridImage[], options: ImageGridOptions = {}): Figure {
  checkOptions("imageGrid", options, known);
  const n = Math.max(1, images.length);
  const cols = Math.min(n, Math.max(1, Math.floor(options.cols ?? Math.min(6, Math.ceil(Math.sqrt(n))))));
  const size = options.size ?? (n <= 12 ? 200 : 150);
  const shapes = images.map(({ width, height }) => fitInto(width, height, size));
  const cellWidth = Math.max(96, ...shapes.map((shape) => shape.width));
  const titles = images.map((image) => titleLines(image, cellWidth));

  const head = margin + (options.title ? 30 : 0);
  const parts: string[] = [];
  let y = head;
  for (let start = 0; start < images.length; start += cols) {
    const row = images.slice(start, start + cols).map((_, i) => start + i);
    const lines = Math.max(...row.map((i) => titles[i]?.length ?? 0));
    const imageTop = y + lines * lineHeight + (lines > 0 ? 4 : 0);
    const rowHeight = Math.max(...row.map((i) => shapes[i]?.height ?? 0));
    for (const i of row) {
      const x = margin + (i - start) * (cellWidth + gap);
      parts.push(
        drawCell(images[i], shapes[i], titles[i] ?? [], { x, y: imageTop, width: cellWidth, height: rowHeight }),
      );
    }
    y = imageTop + rowHeight + gap;
  }
  const width = Math.max(2 * margin + cols * cellWidth + (cols - 1) * gap, 0);
  const title = options.title
    ? textEl(truncate(options.title, width - 2 * margin, 15, "bold"), { x: margin, y: 32, size: 15, weight: "bold" })
    : "";
  const names = legend([...(options.legend ?? [])], width - 2 * margin);
  if (names.height > 0) parts.push(el("g", { transform: `translate(${margin} ${y})` }, names.svg));
  return new Figure(width, y - gap + margin + (names.height && names.height + gap), title + parts.join(""), {
    label: options.title ?? `${images.length} image${images.length === 1 ? "" : "s"}`,
  });
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Size on the page: the longer side is `size`; enlarged pixels all get the same whole number of page pixels. */
function fitInto(width: number, height: number, size: number): { width: number; height: number; enlarged: boolean } {
  const factor = size / Math.max(width, height, 1);
  const enlarged = factor >= 2 && Math.max(width, height) <= 48; // beyond that, hard edges only look coarse
  const zoom = enlarged ? Math.floor(factor) : factor;
  return { width: Math.round(width * zoom), height: Math.round(height * zoom), enlarged };
}

/** A line of a title as it is drawn. */
interface TitleLine {
  readonly text: string;
  readonly color: string;
}

/** Each given line gets at most two lines of the page. */
function titleLines({ title = "", titleColor = "" }: GridImage, width: number): TitleLine[] {
  if (title === "") return [];
  return title.split("\n").flatMap((line, i) => {
    const color = inkOf(typeof titleColor === "string" ? titleColor : (titleColor[i] ?? ""));
    return wrap(line, width, titleSize, { maxLines: 2 }).map((text) => ({ text, color }));
  });
}

function drawCell(
  image: GridImage | undefined,
  shape: ReturnType<typeof fitInto> | undefined,
  title: readonly TitleLine[],
  box: Box,
): string {
  if (!image || !shape) return "";
  const x = box.x + (box.width - shape.width) / 2;
  const y = box.y + (box.height - shape.height) / 2;
  const bytes = toBytes("imageGrid", image, Math.max(shape.width, shape.height));
  const png = Buffer.from(encodePng(bytes.data, bytes.width, bytes.height, bytes.channels)).toString("base64");
  const centre = box.x + box.width / 2;
  const lines = title.map(({ text, color }, i) => {
    const baseline = box.y - 8 - (title.length - 1 - i) * lineHeight;
    return textEl(text, { x: centre, y: baseline, size: titleSize, anchor: "middle", color });
  });
  const marked = { x, y, width: shape.width, height: shape.height, scale: shape.width / image.width };
  return (
    lines.join("") +
    el("image", {
      x,
      y,
      width: shape.width,
      height: shape.height,
      preserveAspectRatio: "none",
      "image-rendering": shape.enlarged ? "optimizeSpeed" : undefined,
      href: `data:image/png;base64,${png}`,
    }) +
    drawMarks(image.marks ?? [], marked)
  );
}

function inkOf(name: string): string {
  if (name === "good") return theme.good;
  return name === "bad" ? theme.bad : name || theme.ink;
}
