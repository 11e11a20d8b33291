import type { Complex } from "./op-arguments.js";

/** A number marked as a float, see {@link asFloat}. */
export class FloatScalar {
  constructor(readonly value: number) {}
}

/** A number where an operator takes a scalar. An integral number counts as an integer, which matters for integer tensors. */
export type Scalar = number | bigint | boolean | Complex | FloatScalar;

/** Marks an integral number as a float: `x.mul(asFloat(2))` is what `x * 2.0` is in Python, float32 for an integer `x`. */
export function asFloat(value: number): FloatScalar {
  return new FloatScalar(value);
}
