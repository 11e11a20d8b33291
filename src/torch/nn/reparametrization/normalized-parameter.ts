/** Parameters that a hook computes before each call: what `utils.weightNorm` and `utils.spectralNorm` share. */
import type * as z from "zod";
import { noGrad } from "../../autograd.js";
import { ValueError } from "../../errors.js";
import { keep } from "../../scope.js";
import type { Tensor } from "../../tensor.js";
import { registerWrapper, unwrapSpec } from "../../wrapper-spec.js";
import { hooksKey } from "../callable.js";
import type { ForwardPreHook } from "../hooks.js";
import type { AnyModule } from "../module.js";
import { Parameter } from "../parameter.js";

/** How one parameter is computed, and what that needs. */
interface Normalization {
  readonly wrapper: string;
  readonly hook: ForwardPreHook;
  readonly fields: readonly string[];
  compute(module: AnyModule, training: boolean): Tensor;
}

const normalizationsKey = Symbol("normalizations");

interface Normalized {
  [normalizationsKey]?: Map<string, Normalization>;
}

/** What a kind of normalisation is made of. */
interface Kind<Options extends { name: string }> {
  /** The name it is registered under. */
  name: string;
  options: z.ZodType<Options>;
  /** Takes the parameter apart into fields of the module; the names of these. */
  split(module: AnyModule, weight: Parameter, options: Options): string[];
  /** The parameter, from these fields. */
  compute(module: AnyModule, options: Options, training: boolean): Tensor;
}

/** Makes the function that puts a module under a normalisation; it returns the module. */
export function normalization<Options extends { name: string }>(kind: Kind<Options>) {
  const apply = <M extends AnyModule>(module: M, options: Options): M => {
    const { name } = options;
    const weight = parameterField(kind.name, module, name);
    const note = describe(module);
    Reflect.deleteProperty(module, name);
    const fields = kind.split(module, weight, options);
    const compute = (owner: AnyModule, training: boolean) => kind.compute(owner, options, training);
    const hook: ForwardPreHook = (owner) => {
      const called = owner as AnyModule; // hooks run with the module they are on, which may be a copy of this one
      Reflect.set(called, name, keep(compute(called, called.training)));
    };
    Reflect.set(module, name, keep(compute(module, false)));
    module.registerForwardPreHook(hook as (module: object) => unknown);
    const owner: Normalized = module as M & Normalized;
    owner[normalizationsKey] ??= new Map();
    owner[normalizationsKey].set(name, { wrapper: kind.name, hook, fields, compute });
    note(options);
    return module;
  };
  const describe = registerWrapper(kind.name, kind.options, (module, options) => apply(module as AnyModule, options)); // it described a module
  return apply;
}

/** Puts a plain parameter back in place of what `weightNorm` or `spectralNorm` made. Returns the module. */
export function removeNormalization<M extends AnyModule>(where: string, module: M, name: string): M {
  const normalizations = (module as M & Normalized)[normalizationsKey];
  const found = normalizations?.get(name);
  if (!normalizations || !found) {
    throw new ValueError(
      `${where}: expected a module with a normalised "${name}", got ${module.constructor.name} without one.`,
    );
  }
  const plain = noGrad(() => found.compute(module, false));
  for (const key of [name, ...found.fields]) Reflect.deleteProperty(module, key);
  Reflect.set(module, name, new Parameter(plain));
  module[hooksKey]?.before.remove(found.hook);
  normalizations.delete(name);
  unwrapSpec(module, found.wrapper, (options) => (options as { name?: string }).name === name);
  return module;
}

/** The parameter of that name. Throws `ValueError` when the field is something else or normalised already. */
function parameterField(where: string, module: AnyModule, name: string): Parameter {
  const value: unknown = Reflect.get(module, name);
  if (value instanceof Parameter) return value;
  const isNormalized = (module as AnyModule & Normalized)[normalizationsKey]?.has(name) === true;
  const got = isNormalized ? "one that is normalised already" : "something else";
  throw new ValueError(`${where}: expected ${module.constructor.name}.${name} to be a parameter, got ${got}.`);
}
