/** Kernels over lists of tensors, with the overload chosen once: the generic choice reads every element of every list. */
import { type Candidate, candidatesOf, type OpResult, run } from "../op-call.js";
import type { Tensor } from "../tensor.js";
import type { ListOperand } from "./tensor-list.js";

/** Calls one overload of an operator; arguments in the schema's order, keyword-only ones included. */
export type Kernel = (...values: unknown[]) => OpResult;

const kernels = new Map<string, Kernel>();

/** The kernel `name` (without `aten::`), overload `overload`. */
export function kernel(name: string, overload = ""): Kernel {
  const key = `${name}.${overload}`;
  let found = kernels.get(key);
  if (!found) {
    const candidate = candidatesOf(`aten::${name}`, "schema").find((one) => one.overload.overload === overload);
    if (!candidate) throw new Error(`${key}: this libtorch has no such operator. Use libtorch 2.11 to 2.14.`);
    found = caller(candidate);
    kernels.set(key, found);
  }
  return found;
}

function caller(candidate: Candidate): Kernel {
  return (...values) => run({ candidate, values });
}

/** Runs a `_foreach_` kernel whose second argument, `operand`, decides the overload. */
export function foreach(name: string, list: readonly Tensor[], operand: ListOperand, ...rest: unknown[]): OpResult {
  return kernel(name, overloadFor(operand))(list, operand, ...rest);
}

function overloadFor(operand: ListOperand): string {
  if (typeof operand === "number") return "Scalar";
  if (!Array.isArray(operand)) return "Tensor";
  return typeof operand[0] === "number" ? "ScalarList" : "List";
}
