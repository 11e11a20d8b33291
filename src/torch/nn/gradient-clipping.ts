/** Bounding gradients. */
import { noGrad } from "../autograd.js";
import { zeros } from "../creation.js";
import { checkOptions, ValueError } from "../errors.js";
import { stack } from "../generated/functions.js";
import { opFunction } from "../op-callable.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";

const foreachNorm = opFunction("aten::_foreach_norm", "schema", "Scalar");
const foreachMul_ = opFunction("aten::_foreach_mul_", "schema", "Tensor");
const foreachClampMin_ = opFunction("aten::_foreach_clamp_min_", "schema", "Scalar");
const foreachClampMax_ = opFunction("aten::_foreach_clamp_max_", "schema", "Scalar");
const vectorNorm = opFunction("aten::linalg_vector_norm");

/** Options of `clipGradNorm_` and `getTotalNorm`. */
export interface ClipGradNormOptions {
  /** Order of the norm. Default 2. */
  normType?: number;
  /** Whether a norm that is not finite is an error. Default false. */
  errorIfNonfinite?: boolean;
}

type Tensors = Iterable<Tensor> | Tensor;

/**
 * Scales the gradients of all parameters together so that their norm is at most `maxNorm`, in a few kernels and without
 * waiting for the device. Returns the norm before.
 */
export function clipGradNorm_(parameters: Tensors, maxNorm: number, options: ClipGradNormOptions = {}): Tensor {
  return scope(() => {
    const gradients = gradientsOf(parameters);
    const total = noGrad(() => totalNorm("clipGradNorm_", gradients, options));
    scaleToNorm(gradients, maxNorm, total);
    return total;
  });
}

/** Scales the gradients of all parameters together as if their norm were `totalNorm`, so that it is at most `maxNorm`. */
export function clipGradsWithNorm_(parameters: Tensors, maxNorm: number, totalNorm: Tensor): void {
  scope(() => scaleToNorm(gradientsOf(parameters), maxNorm, totalNorm));
}

function scaleToNorm(gradients: Tensor[], maxNorm: number, total: Tensor): void {
  noGrad(() => {
    const factor = total.add(1e-6).reciprocal().mul(maxNorm).clampMax(1);
    for (const group of byKind(gradients)) foreachMul_(group, factor.to(group[0]?.device ?? "cpu"));
  });
}

/** The norm of many tensors taken together, on the device of the first. */
export function getTotalNorm(tensors: Tensors, options: ClipGradNormOptions = {}): Tensor {
  return scope(() => totalNorm("getTotalNorm", listOf(tensors), options));
}

function totalNorm(where: string, tensors: Tensor[], options: ClipGradNormOptions): Tensor {
  checkOptions(where, options, ["normType", "errorIfNonfinite"]);
  const { normType = 2, errorIfNonfinite = false } = options;
  if (tensors.length === 0) return zeros([]);
  const device = tensors[0]?.device ?? "cpu";
  const norms = byKind(tensors).flatMap((group) => foreachNorm(group, normType) as Tensor[]);
  const total = vectorNorm(stack(norms.map((norm) => norm.to(device))), normType) as Tensor; // the schema returns one
  if (errorIfNonfinite && !Number.isFinite(total.item())) {
    throw new ValueError(`${where}: expected a finite norm of the gradients, got ${total.item()}.`);
  }
  return total;
}

/** Cuts every gradient off at +-`clipValue`. */
export function clipGradValue_(parameters: Tensors, clipValue: number): void {
  scope(() =>
    noGrad(() => {
      for (const group of byKind(gradientsOf(parameters))) {
        foreachClampMin_(group, -clipValue);
        foreachClampMax_(group, clipValue);
      }
    }),
  );
}

function listOf(tensors: Tensors): Tensor[] {
  return Symbol.iterator in tensors ? [...tensors] : [tensors];
}

function gradientsOf(parameters: Tensors): Tensor[] {
  return listOf(parameters)
    .map((parameter) => parameter.grad)
    .filter((grad) => grad !== null);
}

/** Groups of one device and dtype, which one list kernel can take. */
function byKind(tensors: Tensor[]): Tensor[][] {
  const groups = new Map<string, Tensor[]>();
  for (const tensor of tensors) {
    const key = `${tensor.device} ${tensor.dtype}`;
    const group = groups.get(key);
    if (group) group.push(tensor);
    else groups.set(key, [tensor]);
  }
  return [...groups.values()];
}
