/**
 * Maps of the plane as 3 x 3 matrices, row by row: affine maps and perspectives alike, so that any chain of them is one
 * matrix. Coordinates run from -1 to 1 over the image; a map says where in the input each output point comes from.
 */

/** Nine numbers, row by row. */
export type Homography = readonly number[];

export const identityMap: Homography = [1, 0, 0, 0, 1, 0, 0, 0, 1];

const at = (m: Homography, i: number) => m[i] ?? 0;

/** First `b`, then `a`. */
export function multiply(a: Homography, b: Homography): Homography {
  return Array.from({ length: 9 }, (_, i) => {
    const row = i - (i % 3);
    return at(a, row) * at(b, i % 3) + at(a, row + 1) * at(b, 3 + (i % 3)) + at(a, row + 2) * at(b, 6 + (i % 3));
  });
}

/** The way back. */
export function invert(m: Homography): Homography {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0] = m;
  const adjugate = [e * i - f * h, c * h - b * i, b * f - c * e, f * g - d * i, a * i - c * g, c * d - a * f];
  adjugate.push(d * h - e * g, b * g - a * h, a * e - b * d);
  const determinant = a * at(adjugate, 0) + b * at(adjugate, 3) + c * at(adjugate, 6);
  return adjugate.map((v) => v / determinant);
}

/** Where a point goes. */
export function mapPoint(m: Homography, x: number, y: number): readonly [number, number] {
  const w = at(m, 6) * x + at(m, 7) * y + at(m, 8);
  return [(at(m, 0) * x + at(m, 1) * y + at(m, 2)) / w, (at(m, 3) * x + at(m, 4) * y + at(m, 5)) / w];
}

/** Whether the last row is 0 0 1, so that no division is needed. */
export const isAffine = (m: Homography): boolean => m[6] === 0 && m[7] === 0 && m[8] === 1;

/** Whether it leaves every point where it is. */
export const isIdentity = (m: Homography): boolean => m.every((v, i) => v === identityMap[i]);

/** Two rows of an affine map as the full matrix. */
export const affineMap = (a: number, b: number, c: number, d: number, e: number, f: number): Homography => [
  ...[a, b, c, d, e, f],
  ...[0, 0, 1],
];

type Point = readonly [number, number];

/**
 * The perspective that takes each of four points to its partner: the solution of 8 linear equations.
 * Source: AUG-15, fastai `find_coeffs`.
 */
export function perspective(from: readonly Point[], to: readonly Point[]): Homography {
  const rows = from.flatMap(([x, y], i) => {
    const [u, v] = to[i] ?? [0, 0];
    return [
      [x, y, 1, 0, 0, 0, -u * x, -u * y, u],
      [0, 0, 0, x, y, 1, -v * x, -v * y, v],
    ];
  });
  return [...solve(rows), 1];
}

/** Gauss elimination of a system given as rows [coefficients..., right side]. */
function solve(rows: number[][]): number[] {
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    const rest = rows.slice(k);
    const pivot =
      k + rest.reduce((best, row, i) => (Math.abs(at(row, k)) > Math.abs(at(rest[best] ?? [], k)) ? i : best), 0);
    const top = rows[pivot] ?? [];
    rows[pivot] = rows[k] ?? [];
    rows[k] = top.map((v) => v / at(top, k));
    for (let i = 0; i < n; i++) {
      const factor = at(rows[i] ?? [], k);
      if (i !== k && factor !== 0) rows[i] = (rows[i] ?? []).map((v, j) => v - factor * at(rows[k] ?? [], j));
    }
  }
  return rows.map((row) => at(row, n));
}

/** Swaps in the image's shape: a rotation of -1..1 coordinates is one of pixels only when sides are equal. Source: AUG-16. */
export function fixAspect(m: Homography, height: number, width: number): Homography {
  return m.map((v, i) => (i === 1 ? (v * height) / width : i === 3 ? (v * width) / height : v));
}

/** How far apart the lowest and highest coordinate are that the map takes the corners of -1..1 to. */
export function spread(maps: readonly Homography[]): number {
  const corners = maps.flatMap((m) => [mapPoint(m, -1, -1), mapPoint(m, 1, -1), mapPoint(m, -1, 1), mapPoint(m, 1, 1)]);
  const values = corners.flat();
  return Math.max(...values) - Math.min(...values);
}
