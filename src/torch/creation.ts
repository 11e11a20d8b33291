/** Making tensors from JavaScript values and from nothing. */

import { growPacked, native, packed } from "../native.js";
import { describeValue } from "./checks.js";
import { type Device, type DType, dtypeCode, isComplex, type Layout, type MemoryFormat } from "./dtype.js";
import { checkOptions, DtypeError, ShapeError, ValueError } from "./errors.js";
import type { Generator } from "./generator.js";
import { check } from "./native-call.js";
import { type Complex, isComplexNumber } from "./op-arguments.js";
import { opFunction } from "./op-callable.js";
import { type NestedArray, Tensor } from "./tensor.js";
import { dtypeOfArray } from "./typed-arrays.js";

/** Options of {@link tensor}. */
export interface TensorOptions {
  /** Default: float32 for numbers, bool for booleans, int64 for bigints, complex64 for `{ re, im }`; a typed array's own. */
  dtype?: DType;
  /** Default `"cpu"`. */
  device?: Device;
  /** Default false. */
  requiresGrad?: boolean;
}

/** Options of the factories. */
export interface FactoryOptions extends TensorOptions {
  layout?: Layout;
  memoryFormat?: MemoryFormat;
  pinMemory?: boolean;
}

/** Options of the factories that draw random numbers. */
export interface RandomOptions extends FactoryOptions {
  /** Where the numbers come from. Default: the process's generator. */
  generator?: Generator;
}

/** What {@link tensor} takes. */
export type TensorLike = NestedArray<number | boolean | bigint | Complex> | NodeJS.TypedArray | readonly TensorLike[];

const tensorKeys = ["dtype", "device", "requiresGrad"] as const;
const factoryKeys = [...tensorKeys, "layout", "memoryFormat", "pinMemory"] as const;
const randomKeys = [...factoryKeys, "generator"] as const;

function isSequence(value: unknown): value is readonly unknown[] | NodeJS.TypedArray {
  return Array.isArray(value) || isTypedArray(value);
}

function shapeOf(value: unknown): number[] {
  const shape: number[] = [];
  let level: unknown = value;
  while (isSequence(level)) {
    shape.push(level.length);
    level = level[0];
  }
  return shape;
}

function flatten(value: unknown, shape: readonly number[], depth: number, out: unknown[]): void {
  if (depth === shape.length) {
    if (isSequence(value)) throw ragged(shape, depth);
    out.push(value);
    return;
  }
  if (!isSequence(value) || value.length !== shape[depth]) throw ragged(shape, depth);
  for (let i = 0; i < value.length; i++) flatten(value[i], shape, depth + 1, out);
}

function ragged(shape: readonly number[], depth: number): ShapeError {
  return new ShapeError(
    `tensor: expected nested arrays of equal lengths [${shape.join(", ")}], got another length at depth ${depth}.`,
  );
}

function inferDtype(values: readonly unknown[]): DType {
  const first = values[0];
  if (typeof first === "boolean" && values.every((value) => typeof value === "boolean")) return "bool";
  if (values.some((value) => typeof value === "bigint")) return "int64";
  return values.some(isComplexNumber) ? "complex64" : "float32";
}

/** The values in the memory of a typed array, and the dtype of that. */
interface Stored {
  readonly array: NodeJS.TypedArray;
  readonly dtype: DType;
}

function store(values: readonly unknown[], dtype: DType): Stored {
  if (values.some(isComplexNumber)) {
    if (!isComplex(dtype)) throw new DtypeError(`tensor: expected real numbers for ${dtype}, got a complex one.`);
    const pairs = values.flatMap((value) => (isComplexNumber(value) ? [value.re, value.im] : [Number(value), 0]));
    return { array: Float64Array.from(pairs), dtype: "complex128" };
  }
  if (values.some((value) => typeof value === "bigint")) return storeBigInts(values, dtype);
  const numbers = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== "number" && typeof value !== "boolean") {
      throw new ValueError(`tensor: expected numbers, booleans, bigints or { re, im }, got ${typeof value} at ${i}.`);
    }
    numbers[i] = Number(value);
  }
  checkRange(numbers, dtype);
  return { array: numbers, dtype: "float64" };
}

function storeBigInts(values: readonly unknown[], dtype: DType): Stored {
  const integers = values.map((value) => {
    if (typeof value === "bigint") return value;
    if (Number.isInteger(Number(value))) return BigInt(Number(value));
    throw new ValueError(`tensor: expected whole numbers beside bigints, got ${String(value)}. Convert the bigints.`);
  });
  const unsigned = dtype === "uint64";
  const wrapped = integers.find((value) => (unsigned ? BigInt.asUintN : BigInt.asIntN)(64, value) !== value);
  if (wrapped !== undefined) throw outOfRange(wrapped, unsigned ? "uint64" : "int64");
  return unsigned
    ? { array: BigUint64Array.from(integers), dtype: "uint64" }
    : { array: BigInt64Array.from(integers), dtype: "int64" };
}

function outOfRange(value: number | bigint, dtype: DType): ValueError {
  return new ValueError(`tensor: expected values that ${dtype} can hold, got ${value}.`);
}

/** Throws for a number that an integer dtype cannot hold. As in PyTorch, small negative numbers wrap in unsigned ones. */
function checkRange(numbers: Float64Array, dtype: DType): void {
  const bits = /^(u?)int(8|16|32|64)$/.exec(dtype);
  if (bits === null) return;
  const limit = 2 ** (Number(bits[2]) - (bits[1] === "u" ? 0 : 1));
  const least = bits[1] === "u" ? 1 - limit : -limit;
  const outside = numbers.find((value) => !(Math.trunc(value) >= least && value < limit)); // NaN is outside too
  if (outside !== undefined) throw outOfRange(outside, dtype);
}

/** A tensor on the array's memory, which holds numbers of a dtype; with `as` a copy of them in that dtype. */
function wrap(array: NodeJS.TypedArray, shape: readonly number[], dtype: DType, as?: DType): Tensor {
  if (!Array.isArray(shape)) throw new ShapeError(`fromBuffer: expected sizes, got ${describeValue(shape)}.`);
  growPacked(shape.length + 8);
  packed[0] = shape.length;
  shape.forEach((size, i) => {
    packed[i + 1] = size;
  });
  native.fromMemory(array, dtypeCode(dtype) ?? 0, as === undefined ? -1 : (dtypeCode(as) ?? 0));
  check(as === undefined ? "fromBuffer" : "tensor");
  return new Tensor(packed[0] ?? 0);
}

const move = opFunction("aten::to", "schema", "dtype_layout");

function finish(made: Tensor, options: TensorOptions): Tensor {
  const { device, requiresGrad } = options;
  let result = made;
  if (device !== undefined && device !== "cpu") {
    result = move(made, { device }) as Tensor; // one tensor
    made.dispose();
  }
  if (requiresGrad === true) result.requiresGrad = true;
  return result;
}

function isTypedArray(value: unknown): value is NodeJS.TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/**
 * A tensor with a copy of the given values: a number, nested arrays, or a typed array (one dimension).
 * Numbers become float32 unless `dtype` says otherwise; a typed array keeps its kind.
 * @throws ShapeError when nested arrays have different lengths, ValueError for a number that an integer dtype cannot hold,
 * DtypeError for a complex number in a real dtype.
 * @example
 * tensor([[1, 2], [3, 4]]).shape; // [2, 2]
 * tensor([0, 1], { dtype: "int64" });
 */
export function tensor(values: TensorLike, options: TensorOptions = {}): Tensor {
  checkOptions("tensor", options, tensorKeys);
  if (isTypedArray(values)) {
    const own = dtypeOfArray(values);
    return finish(wrap(values, [values.length], own, options.dtype ?? own), options);
  }
  const shape = shapeOf(values);
  const flat: unknown[] = [];
  flatten(values, shape, 0, flat);
  const dtype = options.dtype ?? inferDtype(flat);
  const stored = store(flat, dtype);
  return finish(wrap(stored.array, shape, stored.dtype, dtype), options);
}

/**
 * A tensor on a typed array's own memory, without a copy; both see each other's changes.
 * @param shape Sizes; default one dimension.
 */
export function fromBuffer(array: NodeJS.TypedArray, shape: readonly number[] = [array?.length]): Tensor {
  if (!isTypedArray(array)) throw new ValueError(`fromBuffer: expected a typed array, got ${describeValue(array)}.`);
  return wrap(array, shape, dtypeOfArray(array));
}

type Sizes = readonly number[] | number;

function make(
  name: string,
  args: readonly unknown[],
  options: FactoryOptions,
  keys: readonly string[] = factoryKeys,
): Tensor {
  checkOptions(name, options, keys);
  const { requiresGrad, ...rest } = options;
  const result = operator(name)(...args, rest) as Tensor; // factories return one tensor
  if (requiresGrad === true) result.requiresGrad = true;
  return result;
}

const operators = new Map<string, ReturnType<typeof opFunction>>();

function operator(name: string): ReturnType<typeof opFunction> {
  let found = operators.get(name);
  if (found === undefined) {
    found = opFunction(`aten::${name}`);
    operators.set(name, found);
  }
  return found;
}

function sizes(size: Sizes): readonly number[] {
  return typeof size === "number" ? [size] : size;
}

/** A tensor of zeros. */
export const zeros = (size: Sizes, options: FactoryOptions = {}): Tensor => make("zeros", [sizes(size)], options);
/** A tensor of ones. */
export const ones = (size: Sizes, options: FactoryOptions = {}): Tensor => make("ones", [sizes(size)], options);
/** A tensor whose values are whatever the memory held. */
export const empty = (size: Sizes, options: FactoryOptions = {}): Tensor => make("empty", [sizes(size)], options);
/** A tensor filled with one value; float32 unless `dtype` says otherwise. */
export const full = (size: Sizes, value: number | boolean, options: FactoryOptions = {}): Tensor =>
  make("full", [sizes(size), value], { dtype: typeof value === "boolean" ? "bool" : "float32", ...options });
/** Uniform random numbers in [0, 1). */
export const rand = (size: Sizes, options: RandomOptions = {}): Tensor =>
  make("rand", [sizes(size)], options, randomKeys);
/** Normal random numbers, mean 0 and standard deviation 1. */
export const randn = (size: Sizes, options: RandomOptions = {}): Tensor =>
  make("randn", [sizes(size)], options, randomKeys);
/** Random integers from `low` up to, not including, `high`; int64 by default. */
export const randint = (low: number, high: number, size: Sizes, options: RandomOptions = {}): Tensor =>
  make("randint", [low, high, sizes(size)], options, randomKeys);
/** A random permutation of 0 … n - 1; int64 by default. */
export const randperm = (n: number, options: RandomOptions = {}): Tensor => make("randperm", [n], options, randomKeys);
/** The identity matrix of n rows (and m columns). */
export const eye = (n: number, options: FactoryOptions & { m?: number } = {}): Tensor => {
  checkOptions("eye", options, [...factoryKeys, "m"]);
  const { m, ...rest } = options;
  return make("eye", m === undefined ? [n] : [n, m], rest);
};
/** `steps` numbers from start to end, both included. */
export const linspace = (start: number, end: number, steps: number, options: FactoryOptions = {}): Tensor =>
  make("linspace", [start, end, steps], options);
/** `steps` numbers from base^start to base^end. Default base 10. */
export const logspace = (
  start: number,
  end: number,
  steps: number,
  options: FactoryOptions & { base?: number } = {},
): Tensor => {
  checkOptions("logspace", options, [...factoryKeys, "base"]);
  const { base = 10, ...rest } = options;
  return make("logspace", [start, end, steps, base], rest);
};

/** Numbers from start (default 0) up to, not including, end; int64 when all are integers, as in Python. */
export function arange(end: number, options?: FactoryOptions): Tensor;
export function arange(start: number, end: number, options?: FactoryOptions): Tensor;
export function arange(start: number, end: number, step: number, options?: FactoryOptions): Tensor;
export function arange(...args: (number | FactoryOptions | undefined)[]): Tensor {
  const numbers = args.filter((arg): arg is number => typeof arg === "number");
  const options = args.find((arg): arg is FactoryOptions => typeof arg === "object") ?? {};
  return make("arange", numbers, options);
}

const like =
  (name: string) =>
  (input: Tensor, options: FactoryOptions = {}): Tensor =>
    make(name, [input], options);

const randomLike =
  (name: string) =>
  (input: Tensor, options: RandomOptions = {}): Tensor =>
    make(name, [input], options, randomKeys);

/** Zeros of another tensor's shape, dtype and device. */
export const zerosLike = like("zeros_like");
/** Ones of another tensor's shape, dtype and device. */
export const onesLike = like("ones_like");
/** Uninitialised memory of another tensor's shape, dtype and device. */
export const emptyLike = like("empty_like");
/** Uniform random numbers of another tensor's shape, dtype and device. */
export const randLike = randomLike("rand_like");
/** Normal random numbers of another tensor's shape, dtype and device. */
export const randnLike = randomLike("randn_like");
/** One value in another tensor's shape, dtype and device. */
export const fullLike = (input: Tensor, value: number, options: FactoryOptions = {}): Tensor =>
  make("full_like", [input, value], options);
