/**
 * NOTE [ guards ]
 * Some of libtorch's kernels trust values that end the process, or never end (in Python too): LAPACK's eigenvalues of a matrix
 * with NaN are a segmentation fault, a binomial draw with a count of NaN goes on for ever. Their arguments are looked at first.
 * Other operators know nothing of this. None of these is a method.
 */
import { ShapeError, ValueError } from "./errors.js";
import { scope } from "./scope.js";
import { Tensor } from "./tensor.js";

/** Throws for arguments that an operator must not see. */
export type Guard = (args: readonly unknown[]) => void;

function guard(op: string, parameter: string, expected: string, fits: (values: Tensor) => Tensor): [string, Guard] {
  const check: Guard = ([first]) => {
    const values = first instanceof Tensor ? first : (first as Record<string, unknown> | null | undefined)?.[parameter];
    if (!(values instanceof Tensor) || values.device !== "cpu") return;
    if (scope(() => fits(values).all().item()) !== 1) throw new ValueError(`${op}: expected ${expected}.`, { op });
  };
  return [op, check];
}

/** A state of more layers than the other: libtorch reads on behind the shorter one's end. */
function sameLayers(args: readonly unknown[]): void {
  const named = (args.at(-1) as { hx?: unknown } | null | undefined)?.hx;
  const [h, c] = ([...args, named].find(Array.isArray) ?? []) as unknown[];
  if (!(h instanceof Tensor) || !(c instanceof Tensor) || h.shape[0] === c.shape[0]) return;
  throw new ShapeError(`aten::lstm: expected two states of as many layers, got shapes [${h.shape}] and [${c.shape}].`, {
    op: "aten::lstm",
  });
}

const finite = (values: Tensor) => values.isfinite();
const guards = new Map<string, Guard>([
  guard("aten::linalg_eig", "self", "a matrix of finite numbers, got one with NaN or infinity", finite),
  guard("aten::linalg_eigvals", "self", "a matrix of finite numbers, got one with NaN or infinity", finite),
  guard("aten::_linalg_eigvals", "self", "a matrix of finite numbers, got one with NaN or infinity", finite),
  guard("aten::binomial", "count", "counts that are numbers, got NaN", (count) => count.isnan().logicalNot()),
  ["aten::lstm", sameLayers],
]);

/** The guard of an operator, or undefined for almost all. */
export function guardOf(name: string): Guard | undefined {
  return guards.get(name);
}
