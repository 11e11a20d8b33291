/** Dtypes, devices, layouts and memory formats: the names users write, and libtorch's numbers for them. */

const dtypeCodes = {
  uint8: 0,
  int8: 1,
  int16: 2,
  int32: 3,
  int64: 4,
  float16: 5,
  float32: 6,
  float64: 7,
  complex32: 8,
  complex64: 9,
  complex128: 10,
  bool: 11,
  qint8: 12,
  quint8: 13,
  qint32: 14,
  bfloat16: 15,
  quint4x2: 16,
  quint2x4: 17,
  float8_e5m2: 23,
  float8_e4m3fn: 24,
  float8_e5m2fnuz: 25,
  float8_e4m3fnuz: 26,
  uint16: 27,
  uint32: 28,
  uint64: 29,
  float8_e8m0fnu: 44,
  float4_e2m1fn_x2: 45,
  bcomplex32: 46, // from libtorch 2.15 on
} as const;

/** Element type of a tensor. */
export type DType = keyof typeof dtypeCodes;
/** Device of a tensor: `"cpu"`, `"cuda"` (the current one), `"cuda:1"`, `"meta"`. */
export type Device = "cpu" | "cuda" | `cuda:${number}` | "meta" | "mps";
/** Storage layout. */
export type Layout = "strided" | "sparse_coo" | "sparse_csr" | "sparse_csc" | "sparse_bsr" | "sparse_bsc" | "mkldnn";
/** Order of the dimensions in memory. */
export type MemoryFormat = "contiguous_format" | "preserve_format" | "channels_last" | "channels_last_3d";

const layoutCodes: Record<Layout, number> = {
  strided: 0,
  sparse_coo: 1,
  sparse_csr: 2,
  mkldnn: 3,
  sparse_csc: 4,
  sparse_bsr: 5,
  sparse_bsc: 6,
};
const memoryFormatCodes: Record<MemoryFormat, number> = {
  contiguous_format: 0,
  preserve_format: 1,
  channels_last: 2,
  channels_last_3d: 3,
};
const deviceCodes: Record<string, number> = { cpu: 0, cuda: 1, mps: 13, meta: 14 };

const dtypeNames = new Map<number, DType>((Object.keys(dtypeCodes) as DType[]).map((name) => [dtypeCodes[name], name]));
const layoutNames = new Map((Object.keys(layoutCodes) as Layout[]).map((name) => [layoutCodes[name], name]));
const deviceNames = new Map(Object.entries(deviceCodes).map(([name, code]) => [code, name]));

/** libtorch's number of a dtype name, or undefined for another word. */
export function dtypeCode(name: string): number | undefined {
  return Object.hasOwn(dtypeCodes, name) ? dtypeCodes[name as DType] : undefined;
}

/** The name of libtorch's dtype number. */
export function dtypeName(code: number): DType {
  const name = dtypeNames.get(code);
  if (name === undefined) throw new RangeError(`libtorch reports a dtype of number ${code}, which has no name here`);
  return name;
}

/** libtorch's number of a layout name, or undefined for another word. */
export function layoutCode(name: string): number | undefined {
  return Object.hasOwn(layoutCodes, name) ? layoutCodes[name as Layout] : undefined;
}

/** The name of libtorch's layout number. */
export function layoutName(code: number): Layout | "other" {
  return layoutNames.get(code) ?? "other";
}

/** libtorch's number of a memory format name, or undefined for another word. */
export function memoryFormatCode(name: string): number | undefined {
  return Object.hasOwn(memoryFormatCodes, name) ? memoryFormatCodes[name as MemoryFormat] : undefined;
}

/** `[type, index]` of a device name (`-1`: no index given), or undefined for another word. */
export function deviceCode(name: string): readonly [number, number] | undefined {
  if (typeof name !== "string") return undefined;
  const [type = "", index] = name.split(":");
  if (!Object.hasOwn(deviceCodes, type) || (index !== undefined && !/^\d+$/.test(index))) return undefined;
  return [deviceCodes[type] ?? 0, index === undefined ? -1 : Number(index)];
}

/** The name of a device from libtorch's type and index. */
export function deviceName(type: number, index: number): Device {
  const name = deviceNames.get(type) ?? `device${type}`;
  return (index < 0 ? name : `${name}:${index}`) as Device; // built from the same table that parses it
}

const floating = new Set<DType>([
  "float16",
  "float32",
  "float64",
  "bfloat16",
  "float8_e5m2",
  "float8_e4m3fn",
  "float8_e5m2fnuz",
  "float8_e4m3fnuz",
]);

/** True for the real floating-point dtypes. */
export function isFloatingPoint(dtype: DType): boolean {
  return floating.has(dtype);
}

/** True for the complex dtypes. */
export function isComplex(dtype: DType): boolean {
  return dtype.startsWith("complex");
}

/** True for the dtypes that stand for real numbers by a scale and a zero point. */
export function isQuantized(dtype: DType): boolean {
  return dtype.startsWith("q");
}
