/** Tensors as nested JavaScript arrays. */
import { opFunction } from "./op-callable.js";
import { scope } from "./scope.js";
import type { NestedArray, Tensor } from "./tensor.js";

const convert = opFunction("aten::to", "camel", "dtype_layout");
const contiguous = opFunction("aten::contiguous");
const resolve = opFunction("aten::resolve_conj");
const realView = opFunction("aten::view_as_real");

type Value = number | boolean | bigint | { re: number; im: number };

/** The values in row-major order. Small ints and floats come as numbers; int64 as numbers while exact, else bigints. */
export function flatValues(tensor: Tensor): Value[] {
  return scope(() => {
    const { dtype } = tensor;
    if (dtype.startsWith("complex")) return complexValues(tensor);
    const plain = /^(b?float16|float8)/.test(dtype) ? { device: "cpu", dtype: "float32" } : { device: "cpu" };
    const data = (contiguous(convert(tensor.detach(), plain)) as Tensor).data(); // one tensor
    if (dtype === "bool") return Array.from(data as Uint8Array, (value) => value !== 0); // bools are bytes
    if (data instanceof BigInt64Array || data instanceof BigUint64Array)
      return Array.from<bigint, Value>(data, exactNumber);
    return Array.from(data);
  });
}

function exactNumber(value: bigint): number | bigint {
  return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? Number(value) : value;
}

function complexValues(tensor: Tensor): Value[] {
  const cpu = convert(tensor.detach(), { device: "cpu", dtype: "complex128" });
  const data = (contiguous(realView(resolve(cpu))) as Tensor).data(); // one tensor
  return Array.from({ length: data.length / 2 }, (_, i) => ({ re: Number(data[2 * i]), im: Number(data[2 * i + 1]) }));
}

function nest(values: Value[], shape: readonly number[], depth: number, at: { i: number }): NestedArray<Value> {
  if (depth === shape.length) return values[at.i++] as Value; // as many values as the shape says
  return Array.from({ length: shape[depth] ?? 0 }, () => nest(values, shape, depth + 1, at));
}

/** Nested arrays as deep as the tensor has dimensions. */
export function toNested(tensor: Tensor): NestedArray<number> {
  return nest(flatValues(tensor), tensor.shape, 0, { i: 0 }) as NestedArray<number>; // the caller knows the dtype
}
