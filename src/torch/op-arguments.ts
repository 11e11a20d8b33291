/** Matching JavaScript values against schema arguments. */
import { deviceCode, dtypeCode, layoutCode, memoryFormatCode } from "./dtype.js";
import type { SchemaArgument } from "./op-schema.js";
import { FloatScalar } from "./scalar.js";
import { Tensor } from "./tensor.js";

/** A complex number. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** True for `{ re, im }`. */
export function isComplexNumber(value: unknown): value is Complex {
  return typeof value === "object" && value !== null && "re" in value && "im" in value;
}

/** What a parameter accepts, worked out once from the schema's spelling. */
export interface Parameter {
  readonly name: string;
  readonly base: string;
  readonly list: boolean;
  readonly optional: boolean;
  readonly elementOptional: boolean;
  readonly fixedSize: number;
  readonly hasDefault: boolean;
  readonly keywordOnly: boolean;
}

/** Reads `int[]#2`, `Tensor?[]`, `ScalarType?` and the like. */
export function parameterOf(argument: SchemaArgument): Parameter {
  const [spelled = "", size] = argument.type.split("#");
  const optional = spelled.endsWith("?") || spelled.startsWith("Optional[");
  const inner = spelled.startsWith("Optional[") ? spelled.slice(9, -1) : spelled.replace(/\?$/, "");
  const list = inner.endsWith("[]") || inner.startsWith("List[");
  const element = inner.startsWith("List[") ? inner.slice(5, -1) : inner.replace(/\[\]$/, "");
  const elementOptional = list && (element.endsWith("?") || element.startsWith("Optional["));
  const base = element
    .replace(/\?$/, "")
    .replace(/^Optional\[(.*)\]$/, "$1")
    .replace(/^SymInt$/, "int");
  return {
    name: argument.name,
    base: base === "number" ? "Scalar" : base,
    list,
    optional,
    elementOptional,
    fixedSize: size === undefined ? 0 : Number(size),
    hasDefault: argument.hasDefault === true,
    keywordOnly: argument.keywordOnly === true,
  };
}

function isScalar(value: unknown): boolean {
  if (typeof value === "object") return value instanceof FloatScalar || isComplexNumber(value);
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean";
}

function isIntegerTensor(value: unknown): boolean {
  return value instanceof Tensor && value.ndim === 0 && value.dtype.includes("int");
}

function isInteger(value: unknown): boolean {
  return (typeof value === "number" && Number.isInteger(value)) || typeof value === "bigint";
}

/**
 * How much is taken for something else: nothing but what PyTorch's signatures say; also a run of integers for a list of
 * sizes, `view(2, 3)`; also a single value for a list, and a tensor without dimensions for an integer; also plain numbers
 * for tensors, as in `maximum(x, 2)`. An overload that fits at an earlier level wins.
 */
export const Leniency = { none: 0, runs: 1, singles: 2, numbers: 3 } as const;

function elementMatches(base: string, value: unknown, leniency: number): boolean {
  switch (base) {
    case "Tensor":
      return value instanceof Tensor || (leniency >= Leniency.numbers && isScalar(value));
    case "Scalar":
    case "complex":
      return isScalar(value);
    case "int":
      return isInteger(value) || (leniency >= Leniency.singles && isIntegerTensor(value));
    case "float":
      return typeof value === "number" || typeof value === "bigint" || value instanceof FloatScalar;
    case "bool":
      return typeof value === "boolean";
    case "str":
      return typeof value === "string";
    case "ScalarType":
      return typeof value === "string" && dtypeCode(value) !== undefined;
    case "Device":
      return typeof value === "string" && deviceCode(value) !== undefined;
    case "Layout":
      return typeof value === "string" && layoutCode(value) !== undefined;
    case "MemoryFormat":
      return typeof value === "string" && memoryFormatCode(value) !== undefined;
    default:
      return false;
  }
}

/** Whether a value can be given for a parameter, see {@link Leniency}. */
export function matches(parameter: Parameter, value: unknown, leniency: number): boolean {
  const { base, list, optional, elementOptional, hasDefault, fixedSize } = parameter;
  if (value === null || value === undefined) return optional || (value === undefined && hasDefault);
  if (!list) return elementMatches(base, value, leniency);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      if (!(elementOptional && item === null) && !elementMatches(base, item, Leniency.none)) return false;
    }
    return true;
  }
  const single = fixedSize > 0 || leniency >= Leniency.singles;
  return single && base !== "Tensor" && base !== "str" && elementMatches(base, value, leniency);
}
