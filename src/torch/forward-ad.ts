/** Forward-mode differentiation: numbers with a tangent, carried through one forward pass. */

import { native, packed } from "../native.js";
import { checkFunction } from "./checks.js";
import { ValueError } from "./errors.js";
import { check } from "./native-call.js";
import { opFunction } from "./op-callable.js";
import type { Tensor } from "./tensor.js";

const make = opFunction("aten::_make_dual");
const unpack = opFunction("aten::_unpack_dual");
const levels: number[] = [];

/**
 * Runs `body`, which must not wait, at a new level of forward mode: {@link makeDual} gives tensors a tangent there, and
 * operators carry it along. Tangents end with the level.
 */
export function dualLevel<T>(body: () => T): T {
  checkFunction("dualLevel", body);
  packed[0] = 0;
  const level = native.dualLevel();
  check("dualLevel");
  levels.push(level);
  try {
    return body();
  } finally {
    levels.pop();
    native.dualLevel(level);
  }
}

function currentLevel(where: string): number {
  const level = levels[levels.length - 1];
  if (level !== undefined) return level;
  throw new ValueError(`${where}: expected a call inside of dualLevel(() => …), got one outside.`);
}

/** A tensor with the values of `primal` that moves along `tangent`, of the same shape and dtype. */
export function makeDual(primal: Tensor, tangent: Tensor): Tensor {
  return make(primal, tangent, currentLevel("makeDual")) as Tensor; // one tensor
}

/** The values of a tensor, and how they move: null for a tensor that does not depend on a dual one. */
export function unpackDual(x: Tensor): { primal: Tensor; tangent: Tensor | null } {
  const [primal, tangent] = unpack(x, currentLevel("unpackDual")) as [Tensor, Tensor | null]; // by the schema
  return { primal, tangent };
}
