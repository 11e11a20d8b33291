/** Ranges of hyper-parameters, checked once at the public edge. */
import { ValueError } from "../errors.js";

/** From the first number up to, not including, the second. */
export type Range = readonly [from: number, below: number];

/** Zero or more. */
export const notNegative: Range = [0, Number.POSITIVE_INFINITY];
/** Decay factors of running averages: from 0 up to, not including, 1. */
export const decayFactor: Range = [0, 1];

/** Throws `ValueError` unless each number of `value` (one, or a list of them) lies in the range. */
export function checkRange(where: string, name: string, value: unknown, [from, below]: Range): void {
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) checkRange(where, `${name}[${at}]`, item, [from, below]);
    return;
  }
  if (typeof value === "number" && value >= from && value < below) return;
  const range = below === Number.POSITIVE_INFINITY ? `at least ${from}` : `in [${from}, ${below})`;
  throw new ValueError(`${where}: expected ${name} ${range}, got ${String(value)}.`);
}

/** Throws `ValueError` unless `value` is one of the choices. */
export function checkChoice(where: string, name: string, value: unknown, choices: readonly unknown[]): void {
  if (choices.includes(value)) return;
  throw new ValueError(`${where}: expected ${name} among ${choices.join(", ")}, got ${String(value)}.`);
}
