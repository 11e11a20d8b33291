/** Checks of arguments where no operator does it. Messages read: where: expected what, got what. */
import { isTensor } from "./containers.js";
import { ValueError } from "./errors.js";
import { freedBy } from "./scope.js";
import type { Tensor } from "./tensor.js";

const shownDepth = 3;
const shownItems = 4;
const shownText = 200;

/** A value in a few words for an error's message, whatever it is. */
export function describeValue(value: unknown, depth = 0): string {
  try {
    return describe(value, depth);
  } catch {
    return "an object that cannot be read";
  }
}

function describe(value: unknown, depth: number): string {
  if (isTensor(value)) return describeTensor(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `function ${value.name}`;
  if (typeof value !== "object" || value === null) return (JSON.stringify(value) ?? String(value)).slice(0, shownText);
  if (depth === shownDepth) return Array.isArray(value) ? "[…]" : "{…}";
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  if (Array.isArray(value)) {
    const shown = value.slice(0, shownItems).map((item) => describeValue(item, depth + 1));
    return `[${shown.join(", ")}${value.length > shownItems ? `, … ${value.length} in all` : ""}]`;
  }
  return `{ ${Object.entries(value)
    .map(([key, entry]) => `${key}: ${describeValue(entry, depth + 1)}`)
    .join(", ")} }`;
}

function describeTensor(value: Tensor): string {
  if (value._h <= 0) return `a tensor freed by ${freedBy(value._h)}`;
  try {
    return `[${value.shape.join(", ")}] ${value.dtype} on ${value.device}`;
  } catch {
    return "a freed tensor";
  }
}

function refuse(where: string, expected: string, value: unknown): never {
  throw new ValueError(`${where}: expected ${expected}, got ${describeValue(value)}.`);
}

/** @throws ValueError unless the value is a function. */
export function checkFunction(where: string, value: unknown): void {
  if (typeof value !== "function" || isClass(value)) refuse(where, "a function", value);
}

/** @throws ValueError unless the value is a class. */
export function checkClass(where: string, value: unknown): void {
  if (typeof value !== "function" || !isClass(value)) refuse(where, "a class", value);
}

/** Classes cannot be called; they alone have a prototype that cannot be replaced. */
function isClass(value: { prototype?: unknown }): boolean {
  return value.prototype !== undefined && Object.getOwnPropertyDescriptor(value, "prototype")?.writable === false;
}

/** @throws ValueError unless the value is a tensor. */
export function checkTensor(where: string, value: unknown): asserts value is Tensor {
  if (!isTensor(value)) refuse(where, "a tensor", value);
}

/** @throws ValueError unless the value is an array of tensors. */
export function checkTensors(where: string, value: unknown): void {
  // Array.from, because every() skips holes.
  if (!Array.isArray(value) || !Array.from(value).every(isTensor)) refuse(where, "an array of tensors", value);
}

/** @throws ValueError unless the value is an array; what is in it is checked where it is used. */
export function checkArray(where: string, value: unknown): void {
  if (!Array.isArray(value)) refuse(where, "an array", value);
}

/** @throws ValueError unless the value is an object whose fields, or a map whose values, are to be used. */
export function checkObject(where: string, value: unknown): asserts value is object {
  if (typeof value !== "object" || value === null) refuse(where, "an object or a map", value);
}

/** @throws ValueError unless the value is bytes. */
export function checkBytes(where: string, value: unknown): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) refuse(where, "a Uint8Array", value);
}
