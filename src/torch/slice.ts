/** A range as in Python's `start:stop:step`; also a pair of hyper-parameter bounds. */
import { checkOptions } from "./errors.js";

/** Fields of a {@link Slice}. */
export interface SliceOptions {
  start?: number | null;
  stop?: number | null;
  step?: number | null;
}

/** A range as in Python's `start:stop:step`. */
export class Slice {
  constructor(
    readonly start: number | null,
    readonly stop: number | null,
    readonly step: number | null,
  ) {}
}

/**
 * Makes a {@link Slice}: `slice()` is `:`, `slice(2)` is `:2`, `slice(0, 2)` is `0:2`, `slice({ step: 2 })` is `::2`.
 * As a hyper-parameter `slice(a, b)` spreads values over the layer groups (OPT-2).
 */
export function slice(stop?: number | null): Slice;
export function slice(start: number | null, stop: number | null, step?: number | null): Slice;
export function slice(options: SliceOptions): Slice;
export function slice(
  first?: number | null | SliceOptions,
  second?: number | null,
  third: number | null = null,
): Slice {
  if (typeof first === "object" && first !== null) {
    checkOptions("slice", first, ["start", "stop", "step"]);
    return new Slice(first.start ?? null, first.stop ?? null, first.step ?? null);
  }
  if (second === undefined) return new Slice(null, first ?? null, third);
  return new Slice(first ?? null, second, third);
}
