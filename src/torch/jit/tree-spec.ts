/** How Python nested a model's arguments and results around its tensors (`torch.utils._pytree`, treespec protocol 1). */
import * as z from "zod";
import { isPlainObject } from "../containers.js";
import { FileFormatError, ValueError } from "../errors.js";
import type { OpResult } from "../op-results.js";

const protocol = 1;
const dictionaries = new Set([
  "builtins.dict",
  "collections.OrderedDict",
  "torch.fx.immutable_collections.immutable_dict",
]);

interface Written {
  type: string | null;
  context: string | null;
  children_spec: Written[];
}
const written: z.ZodType<Written> = z.object({
  type: z.string().nullable(),
  context: z.string().nullable(),
  children_spec: z.lazy(() => z.array(written)),
});
const file = z.tuple([z.literal(protocol), written]);
const keysOf = z.array(z.union([z.string(), z.number()]));

/** A value, a list or a dictionary of such. */
export type TreeSpec =
  | { readonly kind: "leaf" }
  | { readonly kind: "list"; readonly items: readonly TreeSpec[] }
  | { readonly kind: "dict"; readonly items: ReadonlyMap<string | number, TreeSpec> };

/** Reads the JSON that Python wrote. Throws `FileFormatError` for what is none. */
export function parseTreeSpec(text: string, where: string): TreeSpec {
  try {
    return read(file.parse(JSON.parse(text))[1]);
  } catch (cause) {
    throw new FileFormatError(
      `${where}: expected the nesting of arguments and results (treespec protocol ${protocol}), got "${text.slice(0, 60)}". ` +
        "Make the package with the PyTorch of this libtorch.",
      { cause },
    );
  }
}

// Tuples, named tuples and the like are lists: JavaScript has nothing else for them.
function read({ type, context, children_spec }: Written): TreeSpec {
  if (type === null) return { kind: "leaf" };
  const children = children_spec.map(read);
  if (!dictionaries.has(type)) return { kind: "list", items: children };
  const keys = keysOf.length(children.length).parse(JSON.parse(context ?? "[]"));
  return { kind: "dict", items: new Map(keys.map((key, i) => [key, children[i] as TreeSpec])) }; // as many as keys
}

/** The values at the leaves, in order. Throws `ValueError` that names the place where `value` is nested otherwise. */
export function flatten(spec: TreeSpec, value: unknown, where: string): unknown[] {
  if (spec.kind === "leaf") return [value];
  if (spec.kind === "list") {
    if (!Array.isArray(value) || value.length !== spec.items.length) {
      throw new ValueError(`${where}: expected an array of ${spec.items.length} values, got ${described(value)}.`);
    }
    return spec.items.flatMap((item, i) => flatten(item, value[i], `${where}[${i}]`));
  }
  const given = entriesOf(value);
  const keys = [...spec.items.keys()];
  if (!given || given.size !== keys.length || !keys.every((key) => given.has(String(key)))) {
    throw new ValueError(`${where}: expected { ${keys.join(", ")} }, got ${described(value)}.`);
  }
  return keys.flatMap((key) => flatten(spec.items.get(key) as TreeSpec, given.get(String(key)), `${where}.${key}`));
}

function entriesOf(value: unknown): Map<string, unknown> | undefined {
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [String(key), item]));
  return isPlainObject(value) ? new Map(Object.entries(value)) : undefined;
}

function described(value: unknown): string {
  if (Array.isArray(value)) return `one of ${value.length}`;
  const entries = entriesOf(value);
  if (entries) return `{ ${[...entries.keys()].join(", ")} }`;
  return typeof value === "object" && value !== null ? `a ${value.constructor.name}` : String(value);
}

/** The values of the leaves, nested as Python did; dictionaries are Maps. */
export function unflatten(spec: TreeSpec, leaves: Iterator<OpResult>): OpResult {
  if (spec.kind === "leaf") return leaves.next().value as OpResult; // as many as leaves: libtorch counted them
  if (spec.kind === "list") return spec.items.map((item) => unflatten(item, leaves));
  return new Map([...spec.items].map(([key, item]) => [key, unflatten(item, leaves)]));
}
