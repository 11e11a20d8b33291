/** Finding the tensors inside nested arrays, plain objects, maps, sets and what lists its own. */
import type { Tensor } from "./tensor.js";

/** True for tensors; told by the handle field, so that this file needs nothing of the class. */
export function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && (value as { _h?: unknown })._h !== undefined;
}

/** Whether the value is an object written as `{ … }`. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Instances of classes that hold tensors list them under this symbol; other instances are not looked into. */
export const tensorsKey = Symbol("tensors");

/** A class instance that lists its tensors. */
export interface HoldsTensors {
  [tensorsKey](): Iterable<unknown>;
}

/** What is directly inside a value. */
function itemsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return value.values();
  if (value instanceof Set) return value;
  if (tensorsKey in value) return (value as HoldsTensors)[tensorsKey]();
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? Object.values(value) : [];
}

/** All tensors inside a value: the value itself, or those in nested arrays, plain objects, maps and sets, in their order. */
export function collectTensors(value: unknown): Tensor[] {
  const found: Tensor[] = [];
  const seen = new Set<object>();
  const open = [value]; // a stack of our own: data may be nested deeper than calls can be
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== "object" || next === null || seen.has(next)) continue;
    if (isTensor(next)) {
      found.push(next);
      continue;
    }
    seen.add(next);
    const items = Array.from(itemsOf(next)); // also of an array with another prototype
    for (let i = items.length - 1; i >= 0; i--) open.push(items[i]);
  }
  return found;
}
