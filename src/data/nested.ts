/** Tensors in nested arrays and objects: mapping, listing, freeing. */
import { checkOptions, type Device, isPlainObject, Tensor, tensor } from "../torch/index.js";
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
  if (isPlainObject(x)) {
    return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, mapTensors(v, fn)])) as T;
  }
  return x;
}

/** Every tensor in arrays, plain objects and maps. */
export function tensorsIn(x: unknown, found: Tensor[] = []): Tensor[] {
  if (x instanceof Tensor) found.push(x);
  else if (Array.isArray(x) || x instanceof Map) for (const part of x.values()) tensorsIn(part, found);
  else if (isPlainObject(x)) for (const part of Object.values(x)) tensorsIn(part, found);
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

/** Every tensor without its gradient history, on the CPU unless `cpu` is false. Source: TOR-8, fastai `to_detach`. */
export function toDetach<T>(x: T, options: { cpu?: boolean } = {}): T {
  checkOptions("toDetach", options, ["cpu"]);
  return mapTensors(x, (t) => (options.cpu === false ? t.detach() : t.detach().to("cpu")));
}

/** Every floating tensor in float16; others as they are. Source: TOR-8, fastai `to_half`. */
export function toHalf<T>(x: T): T {
  return mapTensors(x, (t) => (t.isFloatingPoint() ? t.half() : t));
}

/** Every floating tensor in float32; others as they are. Source: TOR-8, fastai `to_float`. */
export function toFloat<T>(x: T): T {
  return mapTensors(x, (t) => (t.isFloatingPoint() ? t.float() : t));
}

/** The device of the first tensor; undefined without one. Source: TOR-8, fastai `find_device`. */
export function findDevice(x: unknown): Device | undefined {
  return tensorsIn(x)[0]?.device;
}

/** The first thing in arrays and plain objects that is neither; with `i`, of the outermost's member `i`. Source: TOR-8, fastai `item_find`. */
export function itemFind(x: unknown, i = 0): unknown {
  if (Array.isArray(x)) return itemFind(x.at(i));
  if (isPlainObject(x)) return itemFind(Object.values(x).at(i));
  return x;
}

/** Every tensor with its rows in another order. Source: TOR-8, fastai `nested_reorder`. */
export function nestedReorder<T>(x: T, idxs: readonly number[]): T {
  const index = tensor([...idxs], { dtype: "int64" });
  try {
    return mapTensors(x, (t) => t.indexSelect(0, index));
  } finally {
    index.dispose();
  }
}
