/** Sizes that an image is made smaller to, keeping its shape. Source: VCO-2. */
import type { Size } from "./crop-window.js";

/** Bounds of `resizeMax`; what is left out does not bind. */
export interface MaxSizeOptions {
  /** Most pixels in all. */
  maxPx?: number;
  /** Most rows. */
  maxH?: number;
  /** Most columns. */
  maxW?: number;
}

/** The size within the bounds; each is applied in turn to what the one before left. */
export function sizeWithin([width, height]: Size, { maxPx, maxH, maxW }: MaxSizeOptions): Size {
  let [w, h] = [width, height];
  if (maxPx !== undefined && w * h > maxPx) {
    const scale = Math.sqrt(maxPx / (w * h));
    [w, h] = [w * scale, h * scale];
  }
  if (maxH !== undefined && h > maxH) [w, h] = [(maxH * w) / h, maxH];
  if (maxW !== undefined && w > maxW) [w, h] = [maxW, (maxW * h) / w];
  return [Math.max(1, Math.round(w)), Math.max(1, Math.round(h))];
}

/** The largest size of the image's shape inside a box, rounded to the nearest shape; never larger than the image. */
export function thumbSize([width, height]: Size, [boxWidth, boxHeight]: Size): Size {
  if (boxWidth >= width && boxHeight >= height) return [width, height];
  const aspect = width / height;
  const nearest = (side: number, miss: (n: number) => number) => {
    const [low, high] = [Math.floor(side), Math.ceil(side)];
    return Math.max(1, miss(high) < miss(low) ? high : low);
  };
  return boxWidth / boxHeight >= aspect
    ? [nearest(boxHeight * aspect, (n) => Math.abs(aspect - n / boxHeight)), boxHeight]
    : [boxWidth, nearest(boxWidth / aspect, (n) => (n === 0 ? 0 : Math.abs(aspect - boxWidth / n)))];
}
