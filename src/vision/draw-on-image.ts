/** Masks, points and boxes drawn onto pictures. */
import type { GridImage, ImageMark, LegendEntry } from "../show/index.js";

type Color = readonly [red: number, green: number, blue: number];

/** Twenty colours that stay apart: strong ones for the first ten classes, then their pale partners. */
const palette = [
  ...["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"],
  ...["#aec7e8", "#ffbb78", "#98df8a", "#ff9896", "#c5b0d5", "#c49c94", "#f7b6d2", "#c7c7c7", "#dbdb8d", "#9edae5"],
];

/** The colour of the k-th class, "#rrggbb". Beyond twenty, hues at the golden angle, which never come back. */
export function classColor(k: number): string {
  const known = palette[k];
  if (known !== undefined) return known;
  const hue = (k * 137.508) % 360;
  const [light, strength] = k % 2 === 0 ? [0.38, 0.32] : [0.72, 0.2];
  const channel = (n: number) => {
    const at = (n + hue / 30) % 12;
    const value = light - strength * Math.max(-1, Math.min(at - 3, 9 - at, 1));
    return Math.round(value * 255)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}

function rgbOf(color: string): Color {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Three planes of bytes, to draw on. */
function rgbPlanes(image: GridImage): GridImage & { data: Uint8Array } {
  const { width, height, channels, layout = "chw" } = image;
  const n = width * height;
  const out = new Uint8Array(3 * n);
  const [stepC, stepP] = layout === "chw" ? [n, 1] : [1, channels];
  for (let c = 0; c < 3; c++) {
    const from = channels < 3 ? 0 : c * stepC;
    for (let i = 0; i < n; i++) out[c * n + i] = image.data[from + i * stepP] ?? 0;
  }
  return { ...image, data: out, channels: 3, layout: "chw" };
}

/** A mask in colours, half transparent, over a picture of the same size. Source: TOR-5. */
export function maskOver(image: GridImage, mask: GridImage): GridImage {
  const out = rgbPlanes(image);
  const n = out.width * out.height;
  if (mask.width * mask.height !== n) return out;
  const colors = new Map<number, Color>();
  for (let i = 0; i < n; i++) {
    const code = mask.data[i] ?? 0;
    const color = colors.get(code) ?? rgbOf(classColor(code));
    colors.set(code, color);
    for (let c = 0; c < 3; c++) out.data[c * n + i] = ((out.data[c * n + i] ?? 0) + (color[c] ?? 0)) >> 1;
  }
  return out;
}

/** The names and colours of the classes in masks, those with most pixels first. A class without a name has its number. */
export function maskLegend(masks: readonly GridImage[], codes: readonly string[]): LegendEntry[] {
  const counts = new Map<number, number>();
  for (const { data } of masks) for (const code of data) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([code]) => ({ name: codes[code] ?? String(code), color: classColor(code), area: true }));
}

/** Points in pixels, to be drawn over a picture. */
export function pointMarks(points: readonly (readonly number[])[]): ImageMark[] {
  return points.map(([x = 0, y = 0]) => ({ point: [x, y] }));
}

/**
 * Boxes in pixels with their names, to be drawn over a picture: each name has its colour. Boxes that only pad a batch,
 * which are called `#na#` or have no area, are left out. Source: VCO-6.
 */
export function boxMarks(boxes: readonly (readonly number[])[], names: readonly string[] = []): ImageMark[] {
  return boxes.flatMap(([x0 = 0, y0 = 0, x1 = 0, y1 = 0], i) => {
    const label = names[i];
    if (label === "#na#" || x1 <= x0 || y1 <= y0) return [];
    return [{ box: [x0, y0, x1, y1], color: classColor(hash(label ?? "") % 10), ...(label && { label }) }];
  });
}

/** A number for a name, the same in every picture. */
function hash(name: string): number {
  let h = 5;
  for (const char of name) h = (h * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return h;
}
