/** Describing layers by the arguments of their constructors. */
import * as z from "zod";
import type { AnyModule } from "../nn/index.js";
import { register } from "../registry.js";
import { Tensor } from "../tensor.js";
import { decoded, encoded, type Json, type ModuleClass } from "./json.js";

const argumentsSchema = z.object({ args: z.array(z.json()), options: z.record(z.string(), z.json()).optional() });

interface WithOptions {
  options?: Readonly<Record<string, unknown>>;
}

/**
 * Describes a class by constructor arguments, which it keeps in fields of the same names (or in its `options`): `args` are
 * the positional ones, `options` those in a trailing object, both separated by spaces. "dropout:p" reads the option
 * `dropout` off the field `p`; "affine=weight" is true when there is a field `weight`. A bias stands for "there is one".
 *
 * @example
 * registerLayer("nn.Linear", nn.Linear, "inFeatures outFeatures", "bias");
 */
export function registerLayer(name: string, cls: ModuleClass, args = "", options = ""): void {
  const read = (module: AnyModule, field: string): unknown =>
    field in module ? Reflect.get(module, field) : (module as AnyModule & WithOptions).options?.[field];
  const positional = words(args);
  const named = words(options);
  register(name, {
    cls,
    config: argumentsSchema,
    toConfig: (module) => ({
      args: positional.map((field) => encoded(name, field, read(module, field))),
      ...(named.length > 0 ? { options: optionsOf(module) } : {}),
    }),
    fromConfig: (config) => construct(cls, config),
  });

  function optionsOf(module: AnyModule): Record<string, Json> {
    return Object.fromEntries(
      named.flatMap((word): [string, Json][] => {
        const [, option = word, kind, field = word] = /^(\w+)([=:])(\w+)$/.exec(word) ?? [];
        const value = read(module, field);
        const isPresence = kind === "=" || (word === "bias" && (value === null || value instanceof Tensor));
        if (isPresence) return [[option, value !== null]];
        return value === undefined ? [] : [[option, encoded(name, field, value)]];
      }),
    );
  }
}

function words(text: string): string[] {
  return text === "" ? [] : text.split(" ");
}

function construct(cls: ModuleClass, { args, options }: z.output<typeof argumentsSchema>): AnyModule {
  const named = Object.entries(options ?? {}).map(([key, value]) => [key, decoded(value)]);
  // Whatever does not suit the constructor, it refuses itself.
  return Reflect.construct(cls as new (...all: unknown[]) => AnyModule, [
    ...args.map(decoded),
    ...(named.length > 0 ? [Object.fromEntries(named)] : []),
  ]);
}
