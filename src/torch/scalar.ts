import type { Complex } from "./op-arguments.js";

/** A number where an operator takes a scalar. An integral number counts as an integer, which matters for integer tensors. */
export type Scalar = number | bigint | boolean | Complex;
