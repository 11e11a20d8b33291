/** Which typed array holds which dtype. */
import type { DType } from "./dtype.js";

/** A typed array that a tensor's memory can be seen as. Half-width floats come as their 16 bits. */
export type TensorData =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

type Constructor = new (buffer: ArrayBuffer) => TensorData;

const arrays: Partial<Record<DType, Constructor>> = {
  uint8: Uint8Array,
  bool: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  complex64: Float32Array,
  complex128: Float64Array,
};

/** A typed array of the dtype's kind on a buffer; bytes for dtypes that have none. */
export function typedArrayFor(dtype: DType, buffer: ArrayBuffer): TensorData {
  return new (arrays[dtype] ?? Uint8Array)(buffer);
}

/** The dtype a typed array's elements have. */
export function dtypeOfArray(array: NodeJS.TypedArray): DType {
  if (array instanceof Float32Array) return "float32";
  if (array instanceof Float64Array) return "float64";
  if (array instanceof Uint8Array || array instanceof Uint8ClampedArray) return "uint8";
  if (array instanceof Int8Array) return "int8";
  if (array instanceof Int16Array) return "int16";
  if (array instanceof Uint16Array) return "uint16";
  if (array instanceof Int32Array) return "int32";
  if (array instanceof Uint32Array) return "uint32";
  return array instanceof BigInt64Array ? "int64" : "uint64";
}
