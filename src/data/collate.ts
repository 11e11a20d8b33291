/** Items into batches. Source: DLD-7, DLD-8. */
import { fromBuffer, isPlainObject, scope, stack, type Tensor, Tensor as TensorClass, tensor } from "../torch/index.js";
import { CollateError } from "./errors.js";
import { retainType } from "./transform.js";
import { asTuple } from "./tuple.js";
import { TensorImageBase } from "./types.js";

/** Typed arrays that become tensors. */
export type TypedArray = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Int32Array | BigInt64Array;

function isTypedArray(x: unknown): x is TypedArray {
  return ArrayBuffer.isView(x) && !(x instanceof DataView);
}

/** Numbers as one tensor: whole numbers int64, others float32. To fix the kind, give tensors. */
function numbers(values: readonly number[]): Tensor {
  return tensor([...values], { dtype: values.every(Number.isInteger) ? "int64" : "float32" });
}

function stackTensors(items: readonly Tensor[], path: string): Tensor {
  const first = items[0] as Tensor;
  const at = items.findIndex(
    (t) => t.shape.length !== first.shape.length || t.shape.some((n, d) => n !== first.shape[d]),
  );
  if (at > 0) {
    const kind = first.constructor.name;
    const remedy =
      first instanceof TensorImageBase
        ? `Add an item transform, such as Resize, that gives all ${kind} one size.`
        : "Give them one size in an item transform, or pad them in beforeBatch.";
    throw new CollateError(
      `collate: expected items of one size, got ${path || "the item"} (${kind}) of shape [${first.shape}] in item 0 ` +
        `and [${items[at]?.shape}] in item ${at}. ${remedy}`,
      { stage: "createBatch", places: [0, at] },
    );
  }
  return scope(() => retainType(stack([...items], 0), first));
}

/**
 * Makes a batch of items: tensors are stacked and keep their class, whole numbers become int64, other numbers float32,
 * booleans bool; texts stay a list; arrays and plain objects are collated member by member.
 * Throws `CollateError` naming the member and the item that does not fit. Source: DLD-8, fastai `fa_collate`.
 */
export function collate(items: readonly unknown[], path = ""): unknown {
  const first = items[0];
  if (every(items, (x): x is Tensor => x instanceof TensorClass)) return stackTensors(items, path);
  if (every(items, (x): x is number => typeof x === "number")) return numbers(items);
  if (every(items, (x): x is number => x instanceof Number)) return numbers(items.map(Number));
  if (every(items, (x): x is boolean => typeof x === "boolean")) return tensor([...items], { dtype: "bool" });
  if (every(items, (x): x is bigint => typeof x === "bigint")) return tensor(BigInt64Array.from(items));
  if (every(items, (x): x is string => typeof x === "string" || x instanceof String)) return [...items];
  if (every(items, isTypedArray))
    return scope(() =>
      stackTensors(
        items.map((x) => tensor(x)),
        path,
      ),
    );
  if (every(items, (x): x is unknown[] => Array.isArray(x))) return collateArrays(items, path);
  if (every(items, isPlainObject) && isPlainObject(first)) {
    return Object.fromEntries(
      Object.keys(first).map((key) => [
        key,
        collate(
          items.map((x) => x[key]),
          `${path}.${key}`,
        ),
      ]),
    );
  }
  const at = items.findIndex((x) => x?.constructor !== first?.constructor);
  const got = at < 0 ? kindOf(first) : `${kindOf(first)} in item 0 and ${kindOf(items[at])} in item ${at}`;
  throw new CollateError(
    `collate: expected tensors, numbers, texts, arrays or plain objects of one kind in ${path || "the items"}, got ${got}. ` +
      "Add an item transform, such as ToTensor, that makes tensors of all of them.",
    { stage: "createBatch", places: at < 0 ? [0] : [0, at] },
  );
}

function every<T>(items: readonly unknown[], test: (x: unknown) => x is T): items is readonly T[] {
  return items.every(test);
}

function kindOf(x: unknown): string {
  return x === null || x === undefined ? String(x) : x.constructor.name;
}

function collateArrays(items: readonly (readonly unknown[])[], path: string): unknown[] {
  const length = items[0]?.length ?? 0;
  const at = items.findIndex((x) => x.length !== length);
  if (at > 0) {
    throw new CollateError(
      `collate: expected ${path || "items"} of one length, got ${length} members in item 0 and ${items[at]?.length} in item ${at}. ` +
        "Pad them in beforeBatch.",
      { stage: "createBatch", places: [0, at] },
    );
  }
  const members = Array.from({ length }, (_, i) =>
    collate(
      items.map((x) => x[i]),
      path ? `${path}[${i}]` : `member ${i}`,
    ),
  );
  return asTuple(members);
}

/** Makes tensors of the numbers and typed arrays of one prebatched item; tensors stay themselves. Source: DLD-7. */
export function convert(item: unknown): unknown {
  if (item instanceof TensorClass || typeof item === "string") return item;
  if (typeof item === "number") return numbers([item]).squeeze(0);
  if (isTypedArray(item)) return fromBuffer(item, [item.length]);
  if (Array.isArray(item)) {
    if (item.length > 0 && item.every((x) => typeof x === "number")) return numbers(item);
    return asTuple(item.map(convert));
  }
  if (isPlainObject(item)) return Object.fromEntries(Object.entries(item).map(([k, v]) => [k, convert(v)]));
  return item;
}
