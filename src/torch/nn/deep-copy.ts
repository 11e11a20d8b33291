/** Copies of modules that share nothing with the original. */
import { noGrad } from "../autograd.js";
import { shareSpec } from "../registry.js";
import { keep } from "../scope.js";
import { Tensor } from "../tensor.js";
import { Callable, hooksKey } from "./callable.js";
import { Buffer, Parameter } from "./parameter.js";

/**
 * A copy of a module with all it holds: parameters (without gradients), buffers, modules, arrays, Maps, Sets and plain
 * objects in its fields; what is shared inside stays shared inside. Functions and other instances are not copied.
 * The constructor does not run.
 */
export function deepCopy<M extends Callable>(module: M): M {
  return noGrad(() => copyOf(module, new Map())) as M;
}

function copyOf(value: unknown, made: Map<object, unknown>): unknown {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return value;
  const known = made.get(value);
  if (known !== undefined) return known;
  if (value instanceof Callable) return copyModule(value, made);
  const note = <T>(copy: T): T => {
    made.set(value, copy);
    return copy;
  };
  if (value instanceof Tensor) return note(copyTensor(value));
  if (Array.isArray(value)) return fill(note([] as unknown[]), value, made);
  if (value instanceof Set) {
    const copy = note(new Set());
    for (const item of value) copy.add(copyOf(item, made));
    return copy;
  }
  if (value instanceof Map) {
    const copy = note(new Map());
    for (const [key, item] of value) copy.set(key, copyOf(item, made));
    return copy;
  }
  return Object.getPrototypeOf(value) === Object.prototype ? fill(note({}), value, made) : value;
}

function copyTensor(tensor: Tensor): Tensor {
  const data = tensor.detach().clone();
  if (tensor instanceof Parameter) {
    return Reflect.construct(Parameter, [data, { requiresGrad: tensor.requiresGrad }], tensor.constructor);
  }
  if (tensor instanceof Buffer) return Reflect.construct(Buffer, [data, tensor], tensor.constructor);
  return keep(data);
}

function copyModule(module: Callable, made: Map<object, unknown>): Callable {
  const copy = Reflect.construct(Callable, [], module.constructor) as Callable; // made by its base alone
  made.set(module, copy);
  fill(copy, module, made);
  copy[hooksKey] = module[hooksKey]?.copy() ?? null;
  shareSpec(module, copy);
  return copy;
}

/** Copies the own properties; accessors as they are. */
function fill<T extends object>(copy: T, original: object, made: Map<object, unknown>): T {
  for (const key of Reflect.ownKeys(original)) {
    if (key === hooksKey || (key === "length" && Array.isArray(original))) continue;
    const property = Object.getOwnPropertyDescriptor(original, key) ?? {}; // it is an own key
    if ("value" in property) property.value = copyOf(property.value, made);
    Object.defineProperty(copy, key, property);
  }
  return copy;
}
