/** Sizes given once for all dimensions, or one for each. */
import { describeValue } from "../checks.js";
import { OptionError } from "../errors.js";

/** One number for every spatial dimension, or one number for each. */
export type Size = number | readonly number[];

/** A size for each of `n` dimensions. Throws `OptionError` when a list has another length. */
export function sizes(where: string, size: Size, n: number): number[] {
  if (typeof size === "number") return new Array<number>(n).fill(size);
  if (Array.isArray(size) && size.length === n) return Array.from(size); // its prototype may be another
  throw new OptionError(
    `${where}: expected one number or ${n} of them, got ${describeValue(size)}. Give one number for each dimension.`,
  );
}

/** The last `n` of some sizes, such as the spatial ones of a shape. Throws `OptionError` when they are none. */
export function lastSizes(where: string, given: readonly number[], n: number): number[] {
  const list = Array.isArray(given) ? Array.from<number>(given) : []; // its prototype may be another
  if (list.length >= n && list.every(Number.isInteger)) return list.slice(-n);
  throw new OptionError(`${where}: expected ${n} output sizes, got ${describeValue(given)}.`);
}
