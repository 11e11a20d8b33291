/** Kernels over lists of tensors, with the overload chosen once: the generic choice reads every element of every list. */
import { type FixedCall, fixedCall, type OpResult } from "../op-call.js";
import type { Tensor } from "../tensor.js";
import type { ListOperand } from "./tensor-list.js";

const kernels = new Map<string, FixedCall>();

/** The kernel `name` (`aten::` may be left out), overload `overload`; called with all arguments in the schema's order. */
export function kernel(name: string, overload = ""): FixedCall {
  const key = `${name}.${overload}`;
  let found = kernels.get(key);
  if (!found) {
    found = fixedCall(name.includes("::") ? name : `aten::${name}`, overload);
    kernels.set(key, found);
  }
  return found;
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
