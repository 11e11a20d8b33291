/** Tensors as nested JavaScript arrays. */
import { isQuantized } from "./dtype.js";
import { DtypeError, ValueError } from "./errors.js";
import { opFunction } from "./op-callable.js";
import { scope } from "./scope.js";
import type { NestedArray, Tensor } from "./tensor.js";

const convert = opFunction("aten::to", "camel", "dtype_layout");
const contiguous = opFunction("aten::contiguous");
const resolve = opFunction("aten::resolve_conj");
const realView = opFunction("aten::view_as_real");

type Value = number | boolean | bigint | { re: number; im: number };

const dense = opFunction("aten::to_dense");
const dequantize = opFunction("aten::dequantize", "camel", "self");

/** A tensor that holds its values as they are, one beside the other. */
function plainTensor(tensor: Tensor): Tensor {
  const strided = tensor.layout === "strided" ? tensor : (dense(tensor) as Tensor); // one tensor
  return isQuantized(strided.dtype) ? (dequantize(strided) as Tensor) : strided; // one tensor
}

/**
 * The values in row-major order, those that a sparse tensor does not store and those that a quantised one stands for too.
 * Small ints and floats come as numbers; int64 as numbers while exact, else bigints.
 */
export function flatValues(given: Tensor): Value[] {
  return scope(() => {
    const tensor = plainTensor(given.detach());
    const { dtype } = tensor;
    if (dtype.startsWith("complex")) return complexValues(tensor);
    const plain = /^(b?float16|float8)/.test(dtype) ? { device: "cpu", dtype: "float32" } : { device: "cpu" };
    const data = (contiguous(convert(tensor, plain)) as Tensor).data(); // one tensor
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
  const cpu = convert(tensor, { device: "cpu", dtype: "complex128" });
  const data = (contiguous(realView(resolve(cpu))) as Tensor).data(); // one tensor
  return Array.from({ length: data.length / 2 }, (_, i) => ({ re: Number(data[2 * i]), im: Number(data[2 * i + 1]) }));
}

function nest<T>(values: readonly T[], shape: readonly number[], depth: number, at: { i: number }): NestedArray<T> {
  if (depth === shape.length) return values[at.i++] as T; // as many values as the shape says
  return Array.from({ length: shape[depth] ?? 0 }, () => nest(values, shape, depth + 1, at));
}

/**
 * Nested arrays as deep as the tensor has dimensions.
 * @throws ValueError for an integer beyond 2^53, which a number cannot hold.
 */
export function toNested(tensor: Tensor): NestedArray<number> {
  const values = flatValues(tensor);
  if (values.some((value) => typeof value === "bigint")) {
    throw new ValueError("toArray: an integer is beyond 2^53 and would be rounded. Use toBigIntArray().");
  }
  return nest(values, tensor.shape, 0, { i: 0 }) as NestedArray<number>; // the caller knows the dtype
}

/** Nested arrays of bigints. Throws a DtypeError for a tensor that is not of integers. */
export function toNestedBigInts(tensor: Tensor): NestedArray<bigint> {
  const { dtype } = tensor;
  if (!/^u?int/.test(dtype)) {
    throw new DtypeError(`toBigIntArray: expected integers, got ${dtype}. Use toArray(), or convert with long().`);
  }
  const values = flatValues(tensor).map((value) => BigInt(value as number | bigint)); // by dtype
  return nest(values, tensor.shape, 0, { i: 0 });
}
