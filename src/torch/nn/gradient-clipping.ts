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

/** Options of `clipGradNorm_`. */
export interface ClipGradNormOptions {
  /** Order of the norm. Default 2. */
  normType?: number;
  /** Whether a norm that is not finite is an error. Default false. */
  errorIfNonfinite?: boolean;
}

/**
 * Scales the gradients of all parameters together so that their norm is at most `maxNorm`, in a few kernels and without
 * waiting for the device. Returns the norm before.
 */
export function clipGradNorm_(
  parameters: Iterable<Tensor> | Tensor,
  maxNorm: number,
  options: ClipGradNormOptions = {},
): Tensor {
  checkOptions("clipGradNorm_", options, ["normType", "errorIfNonfinite"]);
  const { normType = 2, errorIfNonfinite = false } = options;
  return scope(() =>
    noGrad(() => {
      const total = totalNorm(gradientsOf(parameters), normType);
      if (errorIfNonfinite && !Number.isFinite(total.item())) {
        throw new ValueError(`clipGradNorm_: expected a finite norm of the gradients, got ${total.item()}.`);
      }
      const factor = total.add(1e-6).reciprocal().mul(maxNorm).clampMax(1);
      for (const group of byKind(gradientsOf(parameters))) {
        foreachMul_(group, factor.to(group[0]?.device ?? "cpu"));
      }
      return total;
    }),
  );
}

/** The norm of many tensors taken together. */
function totalNorm(gradients: Tensor[], normType: number): Tensor {
  if (gradients.length === 0) return zeros([]);
  const device = gradients[0]?.device ?? "cpu";
  const norms = byKind(gradients).flatMap((group) => foreachNorm(group, normType) as Tensor[]);
  return vectorNorm(stack(norms.map((norm) => norm.to(device))), normType) as Tensor; // the schema returns one
}

/** Cuts every gradient off at +-`clipValue`. */
export function clipGradValue_(parameters: Iterable<Tensor> | Tensor, clipValue: number): void {
  scope(() =>
    noGrad(() => {
      for (const group of byKind(gradientsOf(parameters))) {
        foreachClampMin_(group, -clipValue);
        foreachClampMax_(group, clipValue);
      }
    }),
  );
}

function gradientsOf(parameters: Iterable<Tensor> | Tensor): Tensor[] {
  const list = Symbol.iterator in parameters ? [...parameters] : [parameters];
  return list.map((parameter) => parameter.grad).filter((grad) => grad !== null);
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
