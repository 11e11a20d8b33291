/** Sizes given once for all dimensions, or one for each. */
import { describeValue } from "../checks.js";
import { OptionError } from "../errors.js";

/** One number for every spatial dimension, or one number for each. */
export type Size = number | readonly number[];

/** A size for each of `n` dimensions. Throws `OptionError` when a list has another length. */
export function sizes(where: string, size: Size, n: number): number[] {
  if (typeof size === "number") return new Array<number>(n).fill(size);
  if (Array.isArray(size) && size.length === n) return [...size];
  throw new OptionError(
    `${where}: expected one number or ${n} of them, got ${describeValue(size)}. Give one number for each dimension.`,
  );
}
