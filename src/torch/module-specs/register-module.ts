/** Describing modules of one's own by their fields. */
import * as z from "zod";
import { zeros } from "../creation.js";
import type { DType } from "../dtype.js";
import * as nn from "../nn/index.js";
import { fromSpec, register, type Spec, toSpec } from "../registry.js";
import { Tensor } from "../tensor.js";
import { jsonOf, type ModuleClass, specSchema } from "./json.js";

/** A field of a module, as JSON. */
type Field =
  | { value: z.core.util.JSONType }
  | { object: Spec; layer?: true }
  | { list: Field[] }
  | { parameter: number[]; dtype: string }
  | { buffer: number[]; dtype: string; persistent: boolean };

const shapeSchema = z.array(z.int().nonnegative());
const fieldSchema: z.ZodType<Field> = z.lazy(() =>
  z.union([
    z.object({ value: z.json() }),
    z.object({ object: specSchema, layer: z.literal(true).optional() }),
    z.object({ list: z.array(fieldSchema) }),
    z.object({ parameter: shapeSchema, dtype: z.string() }),
    z.object({ buffer: shapeSchema, dtype: z.string(), persistent: z.boolean() }),
  ]),
);
const fieldsSchema = z.object({ fields: z.array(z.tuple([z.string(), fieldSchema])) });

/**
 * Makes instances of a class of one's own exportable: they are described by their public fields (modules, parameters,
 * buffers, arrays of these, plain values, registered functions) and made again without running the constructor. So the
 * class must keep what `forward` uses in public fields; one with `#private` state needs `register` with its own config.
 * Call it next to the class, in a module that both the exporting and the loading program import.
 *
 * @example
 * class Net extends nn.Module<[Tensor], Tensor> { fc = new nn.Linear(4, 2); forward(x: Tensor) { return this.fc(x); } }
 * registerModule("myapp.Net", Net);
 */
export function registerModule(name: string, cls: ModuleClass): void {
  const base = cls.prototype instanceof nn.Sequential ? nn.Sequential : nn.Module;
  register(name, {
    cls,
    config: fieldsSchema,
    toConfig: (module) => ({ fields: fieldsOf(name, module) }),
    fromConfig: ({ fields }) => {
      const module = Reflect.construct(base, [], cls) as nn.AnyModule; // an instance of cls, made by its base alone
      for (const [key, field] of fields) {
        if ("layer" in field && module instanceof nn.Sequential) {
          module.addModule(key, fromSpec(field.object) as nn.AnyModule); // addModule refuses anything else
          continue;
        }
        Object.defineProperty(module, key, {
          value: made(field),
          enumerable: true,
          configurable: true,
          writable: true,
        });
      }
      return module;
    },
  });
}

function fieldsOf(name: string, module: nn.AnyModule): [string, Field][] {
  return Object.entries(module)
    .filter(([key, value]) => key !== "training" && value !== undefined)
    .map(([key, value]) => [
      key,
      { ...fieldOf(name, key, value), ...(isNamedLayer(module, key, value) ? { layer: true } : {}) },
    ]);
}

/** Whether a field is a layer that a Sequential calls by its name; the numbered ones it finds itself. */
function isNamedLayer(module: nn.AnyModule, key: string, value: unknown): boolean {
  return module instanceof nn.Sequential && !/^\d+$/.test(key) && module.layers().some((layer) => layer === value);
}

function fieldOf(name: string, key: string, value: unknown): Field {
  if (value instanceof nn.Parameter) return { parameter: value.shape, dtype: value.dtype };
  if (value instanceof nn.Buffer) return { buffer: value.shape, dtype: value.dtype, persistent: value.persistent };
  if (value instanceof nn.Module || typeof value === "function") return { object: toSpec(value) };
  if (Array.isArray(value) && value.some((item) => item instanceof Tensor || item instanceof nn.Module)) {
    return { list: value.map((item) => fieldOf(name, key, item)) };
  }
  return { value: jsonOf(name, key, value) };
}

function made(field: Field): unknown {
  if ("value" in field) return field.value;
  if ("object" in field) return fromSpec(field.object);
  if ("list" in field) return field.list.map(made);
  const dtype = field.dtype as DType; // zeros refuses other words
  if ("parameter" in field) return new nn.Parameter(zeros(field.parameter, { dtype }));
  return nn.buffer(zeros(field.buffer, { dtype }), { persistent: field.persistent });
}
