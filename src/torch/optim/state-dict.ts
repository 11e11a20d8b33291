/** Optimizers' state as PyTorch lays it out, and reading what files hold of it. */
import { noGrad } from "../autograd.js";
import { isTensor } from "../containers.js";
import { ValueError } from "../errors.js";
import { keep } from "../scope.js";
import type { Tensor } from "../tensor.js";

/** A value in a saved parameter group. */
export type SavedHyper = number | boolean | string | null | readonly SavedHyper[];

/** A value that is saved of a parameter's state: a statistic or a counter, for LBFGS lists of them too. */
export type SavedState = Tensor | number | null | readonly SavedState[];

/**
 * An optimizer's state as PyTorch lays it out; keys in Python's spelling, parameters by their position. A type and no
 * interface, so that `save` takes it as the plain object that it is.
 */
export type OptimStateDict = {
  readonly state: ReadonlyMap<number, Readonly<Record<string, SavedState>>>;
  readonly param_groups: readonly Readonly<Record<string, SavedHyper>>[];
};

/** A dictionary read from a file (a Map) or made by hand (an object), as an object with text keys. */
export function recordOf(where: string, value: unknown): Record<string, unknown> {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [String(key), item]));
  if (typeof value === "object" && value !== null && !Array.isArray(value) && !isTensor(value)) {
    return value as Record<string, unknown>; // any object has text keys
  }
  throw new ValueError(`${where}: expected a dictionary, got ${value === null ? "null" : typeof value}.`);
}

/** A list read from a file, each item a dictionary. */
export function recordsOf(where: string, value: unknown): Record<string, unknown>[] {
  if (!Array.isArray(value)) throw new ValueError(`${where}: expected a list of dictionaries, got ${typeof value}.`);
  return value.map((item) => recordOf(where, item));
}

/** A copy of a saved statistic with the dtype and device of its parameter, kept beyond the current scope. */
export function copyFor(param: Tensor, value: Tensor): Tensor {
  return noGrad(() => keep(value.detach().to({ dtype: param.dtype, device: param.device, copy: true })));
}

/** The number that a counter was saved as: a number, or a tensor with one element. */
export function counterOf(value: unknown): number {
  return isTensor(value) ? Number(value.item()) : Number(value);
}
