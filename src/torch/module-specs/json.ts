/** What stands in descriptions of modules, as JSON. */
import * as z from "zod";
import { tensor } from "../creation.js";
import * as nn from "../nn/index.js";
import { fromSpec, RegistryError, type Spec, toSpec } from "../registry.js";
import { type NestedArray, Tensor } from "../tensor.js";

/** Any class of modules. */
export type ModuleClass = abstract new (...args: never[]) => nn.AnyModule;

/** JSON as zod knows it. */
export type Json = z.core.util.JSONType;

/** The description of a registered object. */
export const specSchema = z.object({ type: z.string(), config: z.unknown().optional() });

/** A plain value. Throws `RegistryError` when it has no form in JSON. */
export function jsonOf(where: string, field: string, value: unknown): Json {
  const parsed = z.json().safeParse(value);
  if (parsed.success) return parsed.data;
  const what = typeof value === "object" && value !== null ? `an instance of ${value.constructor?.name}` : typeof value;
  throw new RegistryError(
    `toSpec: expected numbers, texts, modules, parameters or registered functions in the fields of ${where}, got ${what} ` +
      `in "${field}". Put it into a form that JSON has, or register the class with its own toConfig and fromConfig.`,
  );
}

const objectSchema = z.object({ object: specSchema });
const tensorSchema = z.object({ tensor: z.json() });

/** An argument of a constructor: a plain value, a tensor by its numbers, a module or a function by its description. */
export function encoded(where: string, field: string, value: unknown): Json {
  if (value instanceof Tensor) return { tensor: value.toArray() as Json }; // nested arrays of numbers
  if (value instanceof nn.Module || typeof value === "function") {
    const { type, config } = toSpec(value);
    return { object: { type, ...(config === undefined ? {} : { config: config as Json }) } }; // registrations write JSON
  }
  return jsonOf(where, field, value);
}

/** What `encoded` was given. */
export function decoded(value: Json): unknown {
  const object = objectSchema.safeParse(value).data;
  if (object) return fromSpec(object.object as Spec);
  const values = tensorSchema.safeParse(value).data;
  return values ? tensor(values.tensor as NestedArray) : value; // tensor refuses what are no numbers
}
