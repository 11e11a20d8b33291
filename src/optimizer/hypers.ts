/** Hyper-parameters by layer group: one value for all, a list, or a slice that spreads. */
import { OptionError, Slice, ValueError } from "../torch/index.js";

/**
 * One value for all groups, one for each group, or a slice: `slice(b)` is b / 10 for all groups but the last and b for
 * the last, `slice(a, b)` goes from a to b in equal ratios. Source: OPT-2.
 */
export type HyperValue = number | readonly number[] | Slice;

/** Numbers from `start` to `stop` in equal ratios; `stop` alone when n is 1. */
export function evenMults(start: number, stop: number, n: number): number[] {
  if (n === 1) return [stop];
  const ratio = (stop / start) ** (1 / (n - 1));
  return Array.from({ length: n }, (_, at) => start * ratio ** at);
}

/** One value for each of `n` groups. Throws `ValueError` for a list of another length and what is no number. Source: OPT-2. */
export function spreadHyper(name: string, value: HyperValue, n: number): number[] {
  const values = spread(name, value, n);
  const wrong = values.find((one) => typeof one !== "number" || Number.isNaN(one));
  if (wrong === undefined) return values;
  throw new ValueError(
    `setHyper: expected a number for ${name}, got ${typeof wrong === "string" ? `"${wrong}"` : wrong}.`,
  );
}

function spread(name: string, value: HyperValue, n: number): number[] {
  if (value instanceof Slice) return spreadSlice(name, value, n);
  if (!Array.isArray(value)) return new Array<number>(n).fill(value as number);
  if (value.length === 1) return new Array<number>(n).fill(value[0] as number);
  if (value.length !== n) {
    throw new ValueError(
      `setHyper: expected ${n} values of ${name}, one for each parameter group, got ${value.length}. ` +
        "Pass one number for all groups, or slice(first, last).",
    );
  }
  return [...value];
}

function spreadSlice(name: string, { start, stop }: Slice, n: number): number[] {
  if (typeof stop !== "number") {
    throw new OptionError(
      `setHyper: expected slice(last) or slice(first, last) for ${name}, got a slice without an end.`,
    );
  }
  if (start) return evenMults(start, stop, n);
  return Array.from({ length: n }, (_, at) => (at === n - 1 ? stop : stop / 10));
}
