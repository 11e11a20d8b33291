/** Numbers as colours. */
import type { GridImage } from "../show/index.js";

const scale = [
  [0.267, 0.005, 0.329],
  [0.229, 0.322, 0.546],
  [0.128, 0.567, 0.551],
  [0.369, 0.789, 0.383],
  [0.993, 0.906, 0.144],
] as const;

/** Columns of values as a picture, the first value at the bottom; dark is 0, bright the greatest. */
export function heatMap(columns: readonly (readonly number[])[]): GridImage {
  const bins = columns[0]?.length ?? 0;
  const cell = 6; // pixels that a value is high, and wide where there are few columns
  const wide = Math.max(1, Math.ceil((1.5 * bins * cell) / columns.length));
  const [width, height] = [columns.length * wide, bins * cell];
  const peak = Math.max(1e-9, ...columns.map((column) => Math.max(...column)));
  const data = new Float32Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = columns[Math.floor(x / wide)]?.[bins - 1 - Math.floor(y / cell)] ?? 0;
      for (const [c, part] of viridis(value / peak).entries()) data[(c * height + y) * width + x] = part;
    }
  }
  return { data, width, height, channels: 3 };
}

/** Dark violet, blue, green, yellow: a scale that grows evenly brighter. Red, green and blue, 0..1, for a share of 0..1. */
export function viridis(share: number): number[] {
  const place = Math.min(1, Math.max(0, share)) * (scale.length - 1);
  const low = Math.min(scale.length - 2, Math.floor(place));
  const [from, to] = [scale[low] ?? scale[0], scale[low + 1] ?? scale[0]];
  return from.map((part, c) => part + (place - low) * ((to[c] ?? part) - part));
}
