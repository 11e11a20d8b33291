/** What batch transforms draw: one number for each image of a batch. Source: AUG-10. */
import type { Random } from "../data/index.js";
import { Tensor, ValueError } from "../torch/index.js";

/** Fixed values instead of random ones: one for all, one for each, or a function of the batch. */
export type Draw = number | readonly number[] | ((x: Tensor) => number | readonly number[] | Tensor);

/** Settings of everything that draws once per image. */
export interface DrawOptions {
  /** The chance that an image is changed. */
  p?: number;
  /** Values to use instead of drawing them. They, too, apply with probability `p`. */
  draw?: Draw;
  /** Whether the whole batch gets the same draw. Default false. */
  batch?: boolean;
}

/** Given values, or drawn ones, for `n` images. */
function valuesFor(where: string, x: Tensor, draw: Draw | undefined, batch: boolean, sample: () => number): number[] {
  const n = x.shape[0] ?? 0;
  if (draw === undefined) {
    if (!batch) return Array.from({ length: n }, sample);
    return new Array<number>(n).fill(sample());
  }
  const given = typeof draw === "function" ? draw(x) : draw;
  if (typeof given === "number") return new Array<number>(n).fill(given);
  const list = given instanceof Tensor ? (given.flatten().toArray() as number[]) : given;
  if (list.length >= n) return list.slice(0, n);
  throw new ValueError(`${where}: expected at least ${n} values in draw, one for each image, got ${list.length}.`);
}

/**
 * One value for each image: kept with probability `p`, else `neutral`, the value that changes nothing.
 * Source: AUG-10, fastai `_draw_mask`.
 */
export function drawEach(
  where: string,
  x: Tensor,
  { p = 0.5, draw, batch = false }: DrawOptions,
  { random, sample, neutral = 0 }: { random: Random; sample: () => number; neutral?: number },
): number[] {
  const values = valuesFor(where, x, draw, batch, sample);
  if (p === 1) return values;
  if (batch) return random.next() < p ? values : values.map(() => neutral);
  return values.map((value) => (random.next() < p ? value : neutral));
}

/** Gives the values in turn, one for each call. Source: AUG-25. */
export class DeterministicDraw {
  count = -1;

  constructor(readonly values: readonly number[]) {}

  /** The next value, for the whole batch. */
  readonly next = (): number => {
    this.count += 1;
    return this.values[this.count % this.values.length] ?? 0;
  };
}
