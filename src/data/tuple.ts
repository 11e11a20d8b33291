/**
 * What counts as a tuple, the unit that transforms go through element by element.
 *
 * An array that holds at least one object (a tensor, an image, …) is a tuple. An array of plain values only
 * (labels, numbers, nested number arrays) is one value, such as the labels of a photo or the corners of a box,
 * unless `asTuple` marked it, as `Datasets` does with each item it makes.
 */

const marked = Symbol("tuple");

/** Marks an array as a tuple whatever it holds, and returns it. */
export function asTuple<T extends readonly unknown[]>(items: T): T {
  if (!Object.hasOwn(items, marked)) Object.defineProperty(items, marked, { value: true });
  return items;
}

function holdsObject(items: readonly unknown[]): boolean {
  return items.some((x) => (Array.isArray(x) ? holdsObject(x) : typeof x === "object" && x !== null));
}

/** Whether transforms go through the elements of `x`. Subclasses of Array are single values. */
export function isTuple(x: unknown): x is unknown[] {
  if (!Array.isArray(x) || Object.getPrototypeOf(x) !== Array.prototype) return false;
  return Object.hasOwn(x, marked) || holdsObject(x);
}
