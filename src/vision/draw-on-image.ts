/** Masks, points and boxes drawn onto pictures. */
import type { GridImage } from "../show/index.js";

type Color = readonly [red: number, green: number, blue: number];

// Twenty colours that stay apart, in pairs of a strong and a pale one.
const palette: readonly Color[] = [
  ...([
    [31, 119, 180],
    [174, 199, 232],
    [255, 127, 14],
    [255, 187, 120],
    [44, 160, 44],
  ] as const),
  ...([
    [152, 223, 138],
    [214, 39, 40],
    [255, 152, 150],
    [148, 103, 189],
    [197, 176, 213],
  ] as const),
  ...([
    [140, 86, 75],
    [196, 156, 148],
    [227, 119, 194],
    [247, 182, 210],
    [127, 127, 127],
  ] as const),
  ...([
    [199, 199, 199],
    [188, 189, 34],
    [219, 219, 141],
    [23, 190, 207],
    [158, 218, 229],
  ] as const),
];

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
  for (let i = 0; i < n; i++) {
    const color = palette[(mask.data[i] ?? 0) % palette.length] ?? [0, 0, 0];
    for (let c = 0; c < 3; c++) out.data[c * n + i] = ((out.data[c * n + i] ?? 0) + (color[c] ?? 0)) >> 1;
  }
  return out;
}

function fillRect(image: GridImage & { data: Uint8Array }, [x0, y0, x1, y1]: readonly number[], color: Color): void {
  const { width, height, data } = image;
  for (let y = Math.max(0, y0 ?? 0); y < Math.min(height, y1 ?? 0); y++) {
    for (let x = Math.max(0, x0 ?? 0); x < Math.min(width, x1 ?? 0); x++) {
      for (let c = 0; c < 3; c++) data[(c * height + y) * width + x] = color[c] ?? 0;
    }
  }
}

const thickness = (image: GridImage) => Math.max(1, Math.round(Math.max(image.width, image.height) / 150));

/** Red dots at points in pixels. */
export function drawPoints(image: GridImage, points: readonly (readonly number[])[]): GridImage {
  const out = rgbPlanes(image);
  const r = thickness(image);
  for (const [px = 0, py = 0] of points) {
    const [x, y] = [Math.round(px), Math.round(py)];
    fillRect(out, [x - r, y - r, x + r + 1, y + r + 1], [255, 40, 40]);
  }
  return out;
}

/** White frames with a dark edge around boxes in pixels; boxes without area are padding and left out. */
export function drawBoxes(image: GridImage, boxes: readonly (readonly number[])[]): GridImage {
  const out = rgbPlanes(image);
  const t = thickness(image);
  for (const box of boxes) {
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = box.map(Math.round);
    if (x1 <= x0 || y1 <= y0) continue;
    for (const [grow, color] of [
      [t, [0, 0, 0]],
      [0, [255, 255, 255]],
    ] as const) {
      const [a, b, c, d] = [x0 - grow, y0 - grow, x1 + grow, y1 + grow];
      const w = t + grow;
      fillRect(out, [a, b, c, b + w], color);
      fillRect(out, [a, d - w, c, d], color);
      fillRect(out, [a, b, a + w, d], color);
      fillRect(out, [c - w, b, c, d], color);
    }
  }
  return out;
}
