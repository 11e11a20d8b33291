/** The different values of a tensor. */
import { checkOptions } from "./errors.js";
import { opFunction } from "./op-callable.js";
import type { Tensor } from "./tensor.js";

/** Options of {@link unique}. */
export interface UniqueOptions {
  /** Whether the values come in order. Default true. */
  sorted?: boolean;
  /** Compare slices along this dimension instead of single values. */
  dim?: number;
}

/** The different values, where each input went, and how often each value occurs. */
export interface UniqueResult {
  values: Tensor;
  /** For each input element (or slice) the position of its value; int64. */
  inverse: Tensor;
  counts: Tensor;
}

const ofElements = opFunction("aten::_unique2");
const ofSlices = opFunction("aten::unique_dim");

/**
 * The different values of a tensor, with `inverse` and `counts` as Python's `return_inverse` and `return_counts` give them.
 *
 * @example
 * const { values, counts } = unique(tensor([3, 1, 3]));
 */
export function unique(x: Tensor, options: UniqueOptions = {}): UniqueResult {
  checkOptions("unique", options, ["sorted", "dim"]);
  const { sorted = true, dim } = options;
  const results = dim === undefined ? ofElements(x, sorted, true, true) : ofSlices(x, dim, sorted, true, true);
  const [values, inverse, counts] = results as [Tensor, Tensor, Tensor]; // by the schema
  return { values, inverse, counts };
}
