/** The names of PyTorch's storage classes in files. */
import type { DType } from "../dtype.js";

/** Storage class of a dtype; other dtypes are stored as bytes, with the dtype beside (`_rebuild_tensor_v3`). */
export const storageClasses: Partial<Record<DType, string>> = {
  float64: "DoubleStorage",
  float32: "FloatStorage",
  float16: "HalfStorage",
  bfloat16: "BFloat16Storage",
  int64: "LongStorage",
  int32: "IntStorage",
  int16: "ShortStorage",
  int8: "CharStorage",
  uint8: "ByteStorage",
  bool: "BoolStorage",
  complex64: "ComplexFloatStorage",
  complex128: "ComplexDoubleStorage",
};

/** Storage classes of quantised dtypes. What lies in them are integers; scale and zero point stand beside. */
export const quantizedStorages: Partial<Record<DType, { readonly name: string; readonly integers: DType }>> = {
  qint8: { name: "QInt8Storage", integers: "int8" },
  quint8: { name: "QUInt8Storage", integers: "uint8" },
  qint32: { name: "QInt32Storage", integers: "int32" },
};

const dtypes = new Map([
  ...Object.entries(storageClasses).map(([dtype, name]) => [name, dtype as DType] as const), // its own keys
  ...Object.values(quantizedStorages).map(({ name, integers }) => [name, integers] as const),
]);

/** The dtype of the numbers in a storage class, or undefined for another class. */
export function storageDtype(name: string): DType | undefined {
  return dtypes.get(name);
}
