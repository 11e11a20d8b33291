/** Short texts for objects in summaries and errors. */
import { Tensor } from "../torch/index.js";

/** A value in a few words: tensors by class and shape, long texts and arrays cut. */
export function brief(x: unknown): string {
  if (x instanceof Tensor) {
    if (x.numel() <= 8 && x.ndim <= 1) return `${x.constructor.name}(${JSON.stringify(x.toArray())})`;
    return `${x.constructor.name} of size ${x.shape.join("x")} (${x.dtype})`;
  }
  if (typeof x === "string") return x.length > 200 ? `${x.slice(0, 200)}…` : x;
  if (typeof x === "function") return x.name || "function";
  if (ArrayBuffer.isView(x)) return `${x.constructor.name} of ${x.byteLength} bytes`;
  if (Array.isArray(x)) {
    const shown = x.slice(0, 10).map(brief).join(", ");
    return `[${shown}${x.length > 10 ? `, … ${x.length - 10} more` : ""}]`;
  }
  if (typeof x === "object" && x !== null) return briefObject(x);
  return String(x);
}

function briefObject(x: object): string {
  if (Object.getPrototypeOf(x) === Object.prototype || Object.getPrototypeOf(x) === null) {
    const keys = Object.entries(x).slice(0, 8);
    return `{ ${keys.map(([key, value]) => `${key}: ${brief(value)}`).join(", ")} }`;
  }
  if (x.toString !== Object.prototype.toString) return String(x);
  const { width, height } = x as { width?: unknown; height?: unknown };
  return width !== undefined ? `${x.constructor.name} of ${width}x${height}` : x.constructor.name;
}

/** The plain settings of an object as `(key: value, …)`, or an empty text. */
export function describeFields(obj: object, skip: readonly string[] = []): string {
  const shown = Object.entries(obj)
    .filter(
      ([key, value]) => !skip.includes(key) && value !== undefined && value !== null && typeof value !== "function",
    )
    .map(([key, value]) => `${key}: ${brief(value)}`);
  return shown.length ? `(${shown.join(", ")})` : "";
}

/** An item's name in error messages: its path or text, or what it is. */
export function itemName(item: unknown): string {
  if (typeof item === "string") return item;
  return brief(item);
}
