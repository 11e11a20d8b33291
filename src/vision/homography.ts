/**
 * Maps of the plane as 3 x 3 matrices, row by row: affine maps and perspectives alike, so that any chain of them is one
 * matrix. Coordinates run from -1 to 1 over the image; a map says where in the input each output point comes from.
 */

import type { CropWindow, Size } from "./crop-window.js";

type Three = readonly [number, number, number];

/** Nine numbers, row by row. */
export type Homography = readonly [...Three, ...Three, ...Three];

export const identityMap: Homography = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** First `b`, then `a`. */
export function multiply(a: Homography, b: Homography): Homography {
  return [
    a[0] * b[0] + a[1] * b[3] + a[2] * b[6],
    a[0] * b[1] + a[1] * b[4] + a[2] * b[7],
    a[0] * b[2] + a[1] * b[5] + a[2] * b[8],
    a[3] * b[0] + a[4] * b[3] + a[5] * b[6],
    a[3] * b[1] + a[4] * b[4] + a[5] * b[7],
    a[3] * b[2] + a[4] * b[5] + a[5] * b[8],
    a[6] * b[0] + a[7] * b[3] + a[8] * b[6],
    a[6] * b[1] + a[7] * b[4] + a[8] * b[7],
    a[6] * b[2] + a[7] * b[5] + a[8] * b[8],
  ];
}

/** The way back. */
export function invert(m: Homography): Homography {
  const [a, b, c, d, e, f, g, h, i] = m;
  const [p, q, r] = [e * i - f * h, c * h - b * i, b * f - c * e];
  const [s, t, u] = [f * g - d * i, a * i - c * g, c * d - a * f];
  const [v, w, x] = [d * h - e * g, b * g - a * h, a * e - b * d];
  const k = a * p + b * s + c * v;
  return [p / k, q / k, r / k, s / k, t / k, u / k, v / k, w / k, x / k];
}

/** Where a point goes. */
export function mapPoint(m: Homography, x: number, y: number): readonly [number, number] {
  const w = m[6] * x + m[7] * y + m[8];
  return [(m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w];
}

/** Whether the last row is 0 0 1, so that no division is needed. */
export const isAffine = (m: Homography): boolean => m[6] === 0 && m[7] === 0 && m[8] === 1;

/** Whether it leaves every point where it is. */
export const isIdentity = (m: Homography): boolean => m.every((v, i) => v === identityMap[i]);

/** All numbers of several maps, one map after the other. */
export function packMaps(maps: readonly Homography[]): Float32Array {
  const out = new Float32Array(9 * maps.length);
  for (const [i, map] of maps.entries()) out.set(map, 9 * i);
  return out;
}

/** Two rows of an affine map as the full matrix. */
export function affineMap(a: number, b: number, c: number, d: number, e: number, f: number): Homography {
  return [a, b, c, d, e, f, 0, 0, 1];
}

/**
 * The perspective that takes the corners (-1-y, -1-x), (-1+y, 1+x), (1+y, -1+x), (1-y, 1-x) to those of the square: the
 * solution of 8 linear equations, which the symmetry of the corners leaves in closed form. Source: AUG-15, fastai
 * `find_coeffs`.
 */
export function warpMap(x: number, y: number): Homography {
  const k = 1 / (1 - x * x - y * y);
  const both = 2 * x * y * k;
  const across = -x * (1 - x * x + y * y) * k;
  const down = -y * (1 + x * x - y * y) * k;
  return [1, both, across, both, 1, down, across, down, 1];
}

/** Swaps in the image's shape: a rotation of -1..1 coordinates is one of pixels only when sides are equal. Source: AUG-16. */
export function fixAspect(m: Homography, height: number, width: number): Homography {
  return [m[0], (m[1] * height) / width, m[2], (m[3] * width) / height, m[4], m[5], m[6], m[7], m[8]];
}

/** The map onto a window of an image of a size: -1 and 1 become the centres of its first and last pixels. */
export function windowMap(window: CropWindow, [width, height]: Size): Homography {
  const side = (from: number, length: number, whole: number): readonly [number, number] => {
    const scale = whole > 1 ? (length - 1) / (whole - 1) : 0;
    return [scale, whole > 1 ? (2 * from) / (whole - 1) + scale - 1 : 0];
  };
  const [a, c] = side(window.left, window.width, width);
  const [e, f] = side(window.top, window.height, height);
  return affineMap(a, 0, c, 0, e, f);
}

/** How far apart the lowest and highest coordinate are that the maps take the corners of -1..1 to. */
export function spread(maps: readonly Homography[]): number {
  const corners = maps.flatMap((m) => [mapPoint(m, -1, -1), mapPoint(m, 1, -1), mapPoint(m, -1, 1), mapPoint(m, 1, 1)]);
  const values = corners.flat();
  return Math.max(...values) - Math.min(...values);
}
