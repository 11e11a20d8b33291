/** A weight as length times direction. */
import * as z from "zod";
import { checkOptions } from "../../errors.js";
import { opFunction } from "../../op-callable.js";
import { scope } from "../../scope.js";
import type { Tensor } from "../../tensor.js";
import type { AnyModule } from "../module.js";
import { Parameter } from "../parameter.js";
import { normalization, removeNormalization } from "./normalized-parameter.js";

/** Options of `weightNorm`. */
export interface WeightNormOptions {
  /** Which parameter. Default "weight". */
  name?: string;
  /** Each slice of this dimension has its own length; null: one length for all. Default 0. */
  dim?: number | null;
}

const fusedWeightNorm = opFunction("aten::_weight_norm");
const normExceptDim = opFunction("aten::norm_except_dim");

const normalize = normalization({
  name: "nn.utils.weightNorm",
  options: z.object({ name: z.string(), dim: z.int().nullable() }),
  split(module, weight, { name, dim }) {
    const length = scope(() => normExceptDim(weight.detach(), 2, dim ?? -1) as Tensor); // the schema returns one
    Reflect.set(module, `${name}_g`, new Parameter(length));
    Reflect.set(module, `${name}_v`, new Parameter(weight));
    return [`${name}_g`, `${name}_v`];
  },
  compute(module, { name, dim }) {
    const [length, direction] = [Reflect.get(module, `${name}_g`), Reflect.get(module, `${name}_v`)];
    return fusedWeightNorm(direction, length, dim ?? -1) as Tensor; // the schema returns one
  },
});

/**
 * Replaces a parameter by its length (`weight_g`) and direction (`weight_v`); the weight is computed before each call.
 * Returns the module. Source: Salimans and Kingma 2016.
 */
export function weightNorm<M extends AnyModule>(module: M, options: WeightNormOptions = {}): M {
  checkOptions("weightNorm", options, ["name", "dim"]);
  const { name = "weight", dim = 0 } = options;
  return normalize(module, { name, dim });
}

/** Puts a plain parameter back in place of what `weightNorm` made. Returns the module. */
export function removeWeightNorm<M extends AnyModule>(module: M, name = "weight"): M {
  return removeNormalization("removeWeightNorm", module, name);
}
