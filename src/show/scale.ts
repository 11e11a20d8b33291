import { logTicks, niceTicks } from "./ticks.js";

/** Maps values of one axis to pixels. */
export interface AxisScale {
  /** Pixel of a value. */
  at(value: number): number;
  /** Whether a value has a place on this axis. */
  has(value: number): boolean;
  readonly ticks: number[];
}

/** What an axis shows. */
export interface AxisScaleOptions {
  /** Smallest and largest value. */
  domain: [low: number, high: number];
  /** Pixels of the smallest and largest value. */
  range: [from: number, to: number];
  log?: boolean;
  /** About how many ticks. Default 5. */
  count?: number;
}

/** A linear or logarithmic axis. */
export function axisScale({
  domain: [low, high],
  range: [from, to],
  log = false,
  count = 5,
}: AxisScaleOptions): AxisScale {
  const place = log ? Math.log10 : (value: number) => value;
  const span = place(high) - place(low) || 1;
  return {
    at: (value) => from + ((place(value) - place(low)) / span) * (to - from),
    has: (value) => Number.isFinite(value) && (!log || value > 0),
    ticks: log ? logTicks(low, high) : niceTicks(low, high, count),
  };
}

/** Smallest and largest of the values an axis can show, widened by a share of the span; [0, 1] if there is none. */
export function extent(
  values: Iterable<number>,
  { log = false, pad = 0 }: { log?: boolean; pad?: number } = {},
): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value) || (log && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return log ? [0.1, 1] : [0, 1];
  if (log) {
    const factor = low === high ? 2 : (high / low) ** pad;
    return [low / factor, high * factor];
  }
  const margin = low === high ? Math.max(Math.abs(low) * 0.1, 0.5) : (high - low) * pad;
  return [low - margin, high + margin];
}
