/** A weight as length times direction. */
import { z } from "zod";
import { checkOptions, ValueError } from "../../errors.js";
import { opFunction } from "../../op-callable.js";
import { keep, scope } from "../../scope.js";
import type { Tensor } from "../../tensor.js";
import { registerWrapper } from "../../wrapper-spec.js";
import type { AnyModule } from "../module.js";
import { Parameter } from "../parameter.js";

/** Options of `weightNorm`. */
export interface WeightNormOptions {
  /** Which parameter. Default "weight". */
  name?: string;
  /** Each slice of this dimension has its own length; null: one length for all. Default 0. */
  dim?: number | null;
}

const fusedWeightNorm = opFunction("aten::_weight_norm");
const normExceptDim = opFunction("aten::norm_except_dim");

const optionsSchema = z.object({ name: z.string(), dim: z.int().nullable() });
const describe = registerWrapper("nn.utils.weightNorm", optionsSchema, (module, options) =>
  weightNorm(module as AnyModule, options),
);

const undoByModule = new WeakMap<object, Map<string, () => void>>();

/**
 * Replaces a parameter by its length (`weight_g`) and direction (`weight_v`); the weight is computed before each call.
 * Returns the module. Source: Salimans and Kingma 2016.
 */
export function weightNorm<M extends AnyModule>(module: M, options: WeightNormOptions = {}): M {
  checkOptions("weightNorm", options, ["name", "dim"]);
  const { name = "weight" } = options;
  const note = describe(module);
  const dim = options.dim ?? (options.dim === null ? -1 : 0);
  const fields = module as unknown as Record<string, unknown>; // the fields are chosen by name
  const weight = parameterField("weightNorm", module, name);
  const compute = (): Tensor => fusedWeightNorm(fields[`${name}_v`], fields[`${name}_g`], dim) as Tensor;
  delete fields[name];
  fields[`${name}_g`] = new Parameter(scope(() => normExceptDim(weight.detach(), 2, dim) as Tensor));
  fields[`${name}_v`] = new Parameter(weight);
  fields[name] = keep(compute());
  const unhook = module.registerForwardPreHook(() => {
    fields[name] = keep(compute());
  });
  const forget = note({ name, dim: options.dim === undefined ? 0 : options.dim });
  rememberUndo(module, name, () => {
    unhook();
    forget();
    const plain = compute();
    for (const key of [name, `${name}_g`, `${name}_v`]) delete fields[key];
    fields[name] = new Parameter(plain);
  });
  return module;
}

/** Puts a plain parameter back in place of what `weightNorm` or `spectralNorm` made. */
export function removeWeightNorm<M extends AnyModule>(module: M, name = "weight"): M {
  const undo = undoByModule.get(module)?.get(name);
  if (!undo) {
    throw new ValueError(
      `removeWeightNorm: expected a module with a normalised "${name}", got ${module.constructor.name} without one.`,
    );
  }
  undo();
  undoByModule.get(module)?.delete(name);
  return module;
}

/** The parameter of that name. Throws `ValueError` when the field is something else or normalised already. */
export function parameterField(where: string, module: AnyModule, name: string): Parameter {
  const value = (module as unknown as Record<string, unknown>)[name];
  if (value instanceof Parameter) return value;
  const state = undoByModule.get(module)?.has(name) ? "one that is normalised already" : "something else";
  throw new ValueError(`${where}: expected ${module.constructor.name}.${name} to be a parameter, got ${state}.`);
}

/** Notes how to take a normalisation out again. */
export function rememberUndo(module: AnyModule, name: string, undo: () => void): void {
  const undos = undoByModule.get(module) ?? new Map<string, () => void>();
  undos.set(name, undo);
  undoByModule.set(module, undos);
}
