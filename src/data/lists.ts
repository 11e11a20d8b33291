/** What fastai's lists can do and arrays cannot. Source: FND-1, FND-2, FND-3; docs/data.md names the arrays' own ways. */
import { ValueError } from "../torch/index.js";
import { type Split, splitIdxs } from "./subsets.js";

/** What a member is read by: a property, a position, or a function. */
export type Key<T> = keyof T | ((item: T) => unknown);

function keyed<T>(key: Key<T>): (item: T) => unknown {
  return typeof key === "function" ? key : (item) => (item as Partial<T> | null | undefined)?.[key];
}

/** The whole numbers from `start` (default 0) up to, not including, `stop`; `range(stop)`, `range(start, stop, step)`. */
export function range(start: number, stop?: number, step = 1): number[] {
  if (!Number.isFinite(step) || step === 0) throw new ValueError(`range: expected a step other than 0, got ${step}.`);
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, i) => from + i * step);
}

/**
 * The items at some positions, in their order, or those whose mask is true. Negative positions count from the end.
 * Throws `ValueError` for a position outside. Source: FND-1.
 */
export function itemsAt<T>(items: readonly T[], where: Split): T[] {
  return splitIdxs(where).map((i) => {
    const at = i < 0 ? i + items.length : i;
    if (Number.isInteger(at) && at >= 0 && at < items.length) return items[at] as T;
    throw new ValueError(`itemsAt: expected positions below ${items.length}, got ${i}.`);
  });
}

/** The positions of the items for which the function is true. Source: FND-2. */
export function argwhere<T>(items: readonly T[], test: (item: T, i: number) => boolean): number[] {
  const found: number[] = [];
  items.forEach((item, i) => {
    if (test(item, i)) found.push(i);
  });
  return found;
}

/** The position of each value; of equal ones the last. Source: FND-2. */
export function val2idx<T>(items: Iterable<T>): Map<T, number> {
  return new Map(Array.from(items, (item, i) => [item, i]));
}

/** The items by what the key says of them, groups and items in the order they come. Source: FND-2. */
export function groupBy<T, K>(items: Iterable<T>, key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return groups;
}

/** A sorted copy; equal items keep their sequence, and an item without the property counts as 0. Source: FND-3. */
export function sortedBy<T>(items: Iterable<T>, key: Key<T>, options: { reverse?: boolean } = {}): T[] {
  const valueOf = keyed(key);
  const sign = options.reverse ? -1 : 1;
  const pairs = Array.from(items, (item) => [(valueOf(item) ?? 0) as number, item] as const);
  return pairs.sort(([a], [b]) => sign * (a < b ? -1 : a > b ? 1 : 0)).map(([, item]) => item);
}

/** The property or member of each item, or `fallback` where it has none. Source: FND-2, fastai `attrgot` and `itemgot`. */
export function pluck<T, K extends keyof T, F = undefined>(
  items: Iterable<T>,
  key: K,
  fallback?: F,
): (NonNullable<T[K]> | F)[] {
  return Array.from(items, (item) => ((item as Partial<T> | null)?.[key] ?? fallback) as NonNullable<T[K]> | F);
}

/** The lists side by side, as long as the shortest; with `cycled` as long as the longest, shorter ones start again. Source: FND-2. */
export function zip<Ts extends readonly unknown[] | []>(
  lists: { readonly [K in keyof Ts]: readonly Ts[K][] },
  options: { cycled?: boolean } = {},
): Ts[] {
  const sizes = lists.map((list) => list.length);
  const length = sizes.includes(0) ? 0 : options.cycled ? Math.max(...sizes) : Math.min(...sizes);
  // Row i holds one item of each list, in the lists' order.
  return Array.from({ length }, (_, i) => lists.map((list) => list[i % list.length]) as unknown as Ts);
}

/** The items in groups of `size`; the last one may be shorter. Source: FND-8. */
export function chunked<T>(items: readonly T[], size: number): T[][] {
  if (!(Number.isInteger(size) && size > 0)) {
    throw new ValueError(`chunked: expected a whole size above 0, got ${size}.`);
  }
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
