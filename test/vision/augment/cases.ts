/** The batches of test/parity/augment.py, and a reader for what it wrote. */
import { readFileSync } from "node:fs";
import { TensorBBox, TensorImage, TensorMask, TensorPoint } from "../../../src/data/index.js";
import { type Tensor, tensor } from "../../../src/torch/index.js";

export interface Packed {
  shape: number[];
  data: string;
}

export interface AugmentCase {
  name: string;
  shape: [number, number, number, number];
  splitIdx: number;
  allTypes: boolean;
  results: Packed[];
}

export const fixture = JSON.parse(readFileSync(new URL("../../fixtures/augment.json", import.meta.url), "utf8")) as {
  cases: AugmentCase[];
  vectors: Record<string, Packed>;
};

export const floatsOf = ({ data }: Packed): Float32Array =>
  new Float32Array(Uint8Array.from(Buffer.from(data, "base64")).buffer);

const grid = (shape: readonly number[], value: (index: number[]) => number): Float32Array => {
  const size = shape.reduce((a, b) => a * b, 1);
  return Float32Array.from({ length: size }, (_, at) => {
    let rest = at;
    const index = [...shape].reverse().map((n) => {
      const i = rest % n;
      rest = Math.floor(rest / n);
      return i;
    });
    return value(index.reverse());
  });
};

/** Smooth pictures in 0..1. */
export function images(shape: readonly number[]): TensorImage {
  const wave = ([i = 0, k = 0, y = 0, x = 0]: number[]) => 0.5 + 0.45 * Math.sin(0.7 * x + 0.3 * y + 1.3 * k + 2.1 * i);
  return tensor(grid(shape, wave))
    .view([...shape])
    .as(TensorImage);
}

function masks(n: number, h: number, w: number): TensorMask {
  const stripe = ([i = 0, y = 0, x = 0]: number[]) => (Math.floor(x / 2) + Math.floor(y / 3) + i) % 5;
  return tensor(grid([n, h, w], stripe))
    .view([n, h, w])
    .to("int64")
    .as(TensorMask);
}

/** The batch a case starts from. */
export function batchOf({ shape, allTypes }: AugmentCase): Tensor[] {
  const [n, , h, w] = shape;
  if (!allTypes) return [images(shape)];
  const points = tensor([
    [
      [-0.5, 0.25],
      [0.75, -1],
      [0, 0],
    ],
    [
      [0.2, 0.3],
      [-0.9, 0.9],
      [0.5, -0.5],
    ],
  ]).as(TensorPoint);
  const boxes = tensor([
    [
      [-0.5, -0.25, 0.75, 0.5],
      [0.1, 0.2, 0.3, 0.4],
    ],
    [
      [-1, -1, 0, 0],
      [0.5, -0.5, 1, 0.5],
    ],
  ]).as(TensorBBox);
  return [images(shape), masks(n, h, w), points, boxes];
}

/** The largest difference between a tensor and numbers. */
export function furthest(t: Tensor, expected: Float32Array): number {
  const values = t.float().contiguous().flatten().toArray() as number[];
  if (values.length !== expected.length) return Number.POSITIVE_INFINITY;
  return values.reduce((most, v, i) => Math.max(most, Math.abs(v - (expected[i] ?? 0))), 0);
}
