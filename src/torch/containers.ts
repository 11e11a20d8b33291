/** Finding the tensors inside nested arrays, plain objects, maps, sets and what lists its own. */
import type { Tensor } from "./tensor.js";

/** True for tensors; told by the handle field, so that this file needs nothing of the class. */
export function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && (value as { _h?: unknown })._h !== undefined;
}

/** Instances of classes that hold tensors list them under this symbol; other instances are not looked into. */
export const tensorsKey = Symbol("tensors");

/** A class instance that lists its tensors. */
export interface HoldsTensors {
  [tensorsKey](): Iterable<unknown>;
}

function visit(value: unknown, found: Tensor[], seen: Set<object>): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  if (isTensor(value)) {
    found.push(value);
    return;
  }
  seen.add(value);
  if (Array.isArray(value)) for (const item of value) visit(item, found, seen);
  else if (value instanceof Map) for (const item of value.values()) visit(item, found, seen);
  else if (value instanceof Set) for (const item of value) visit(item, found, seen);
  else if (tensorsKey in value) for (const item of (value as HoldsTensors)[tensorsKey]()) visit(item, found, seen);
  else if (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null) {
    for (const item of Object.values(value)) visit(item, found, seen);
  }
}

/** All tensors inside a value: the value itself, or those in nested arrays, plain objects, maps and sets. */
export function collectTensors(value: unknown): Tensor[] {
  const found: Tensor[] = [];
  visit(value, found, new Set());
  return found;
}
