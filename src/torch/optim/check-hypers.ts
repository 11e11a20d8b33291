/** Ranges of hyper-parameters, checked once at the public edge. */
import { ValueError } from "../errors.js";

/** Throws `ValueError` unless `value` is a number >= `min` (and < `below`, where given). */
export function checkRange(
  where: string,
  name: string,
  value: number,
  min = 0,
  below = Number.POSITIVE_INFINITY,
): void {
  if (value >= min && value < below) return;
  const range = below === Number.POSITIVE_INFINITY ? `at least ${min}` : `in [${min}, ${below})`;
  throw new ValueError(`${where}: expected ${name} ${range}, got ${value}.`);
}
