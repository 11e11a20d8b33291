/** Tensors in nested arrays and objects: mapping, listing, freeing. */
import { type Device, Tensor } from "../torch/index.js";
import { asTuple, isTuple } from "./tuple.js";

/** Applies `fn` to every tensor in arrays, plain objects and maps, keeping their shape. Source: TOR-8, fastai `apply`. */
export function mapTensors<T>(x: T, fn: (t: Tensor) => Tensor): T {
  // Every branch returns what it was given, tensors replaced, so the result has the type of `x`.
  if (x instanceof Tensor) return fn(x) as unknown as T;
  if (Array.isArray(x) && Object.getPrototypeOf(x) === Array.prototype) {
    const mapped = x.map((part) => mapTensors(part, fn));
    return (isTuple(x) ? asTuple(mapped) : mapped) as unknown as T;
  }
  if (x instanceof Map) return new Map([...x].map(([k, v]) => [k, mapTensors(v, fn)])) as unknown as T;
  if (typeof x === "object" && x !== null && Object.getPrototypeOf(x) === Object.prototype) {
    return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, mapTensors(v, fn)])) as T;
  }
  return x;
}

/** Every tensor in arrays, plain objects and maps. */
export function tensorsIn(x: unknown, found: Tensor[] = []): Tensor[] {
  if (x instanceof Tensor) found.push(x);
  else if (Array.isArray(x) || x instanceof Map) for (const part of x.values()) tensorsIn(part, found);
  else if (typeof x === "object" && x !== null && Object.getPrototypeOf(x) === Object.prototype) {
    for (const part of Object.values(x)) tensorsIn(part, found);
  }
  return found;
}

/** Frees every tensor in `x`, apart from those also in `except`. */
export function disposeTensors(x: unknown, except?: unknown): void {
  const kept = new Set(tensorsIn(except));
  for (const t of tensorsIn(x)) if (!kept.has(t)) t.dispose();
}

/** Moves every tensor to the device. Those already there stay the same objects. Source: TOR-8, fastai `to_device`. */
export function toDevice<T>(x: T, device: Device): T {
  return mapTensors(x, (t) => (t.device === device ? t : t.to(device, { nonBlocking: true })));
}

/** The number of items in a batch: the length of its first tensor. Source: TOR-8, fastai `find_bs`. */
export function findBs(batch: unknown): number {
  return tensorsIn(batch)[0]?.shape[0] ?? 0;
}
