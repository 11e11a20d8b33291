/** Splitting a list of items into subsets. */
import { type IndexedDataset, isIterable } from "./dataset.js";

/** Which items belong to a subset: positions, or one boolean an item. */
export type Split = Iterable<number> | readonly boolean[];

/** The positions a split stands for. Source: DCO-9, fastcore `mask2idxs`. */
export function splitIdxs(split: Split): number[] {
  const list = Array.isArray(split) ? (split as readonly (number | boolean)[]) : [...split];
  if (list.length > 0 && list.every((x) => typeof x === "boolean")) return list.flatMap((on, i) => (on ? [i] : []));
  // A million positions are not copied for each pipeline.
  return list.every((x) => typeof x === "number") ? (list as number[]) : list.map(Number);
}

/** The items at several positions, or where a mask is true, in their order and one after the other. */
export async function getMany<Item>(ds: IndexedDataset<Item>, where: Split): Promise<Item[]> {
  const items: Item[] = [];
  for (const i of splitIdxs(where)) items.push(await ds.get(i));
  return items;
}

/** The splits as positions; without any, everything is training. Throws a RangeError for a position outside. */
export function normalizeSplits(splits: Iterable<Split> | null | undefined, n: number): number[][] {
  if (!splits) return [Array.from({ length: n }, (_, i) => i), []];
  if (!isIterable(splits))
    throw new TypeError("splits: expected a list of lists of positions. Give e.g. [[0, 1], [2]].");
  return [...splits].map((split, s) => {
    if (!isIterable(split)) {
      throw new TypeError(
        `splits: expected a list of positions as split ${s}, got ${String(split)}. Give e.g. [[0, 1], [2]].`,
      );
    }
    const idxs = splitIdxs(split);
    const wrong = idxs.find((i) => !Number.isInteger(i) || i < 0 || i >= n);
    if (wrong !== undefined) {
      throw new RangeError(`splits: expected positions below ${n} in split ${s}, got ${wrong}. Split the same items.`);
    }
    return idxs;
  });
}

/** How many positions are in more than one split. Source: DCO-9. */
export function overlappingSplits(splits: readonly (readonly number[])[]): number[] {
  const counts = new Map<number, number>();
  for (const i of splits.flat()) counts.set(i, (counts.get(i) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > 1).map(([i]) => i);
}
