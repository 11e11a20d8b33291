/** Writing a call in the packed form, see cpp/core/packed.h: what each value becomes is decided here and nowhere else. */
import { growPackedKeeping, packed } from "../native.js";
import { deviceCode, dtypeCode, layoutCode, memoryFormatCode } from "./dtype.js";
import { isComplexNumber, type Parameter } from "./op-arguments.js";
import { Tag } from "./packed.js";
import { FloatScalar } from "./scalar.js";
import { Tensor } from "./tensor.js";

/** Room for what may follow a list: no operator has more arguments than fit in it. */
const reserve = 512;

let texts: string[] | undefined;

/** The strings of the call that was packed last, which go beside the buffer. */
export function takeTexts(): string[] | undefined {
  const taken = texts;
  texts = undefined;
  return taken;
}

/** Whether a number crosses as an integer: -0 and numbers beyond 2^53 do not. */
export function isInteger(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function put(at: number, tag: number, value: number): number {
  packed[at] = tag;
  packed[at + 1] = value;
  return at + 2;
}

const nameCodes: Record<string, (name: string) => number | undefined> = {
  ScalarType: dtypeCode,
  Layout: layoutCode,
  MemoryFormat: memoryFormatCode,
};

function packName(at: number, base: string, name: string): number {
  if (base === "Device") {
    const code = deviceCode(name);
    if (code === undefined) return -1;
    packed[at + 2] = code[1];
    return put(at, Tag.Device, code[0]) + 1;
  }
  const codeOf = nameCodes[base];
  if (codeOf !== undefined) {
    const code = codeOf(name);
    return code === undefined ? -1 : put(at, Tag.Int, code);
  }
  texts ??= [];
  return put(at, Tag.String, texts.push(name) - 1);
}

function packBigInt(at: number, value: bigint): number {
  packed[at + 2] = Number(value & 0xffffffffn);
  return put(at, Tag.BigInt, Number(BigInt.asIntN(64, value) >> 32n)) + 1;
}

function packObject(at: number, value: object): number {
  if (value instanceof FloatScalar) return put(at, Tag.Double, value.value);
  if (!isComplexNumber(value)) return -1;
  packed[at + 2] = value.im;
  return put(at, Tag.Complex, value.re) + 1;
}

function isPlain(base: string, values: readonly unknown[]): boolean {
  if (base !== "Tensor" && base !== "int" && base !== "float") return false;
  for (let i = 0; i < values.length; i++) {
    if (base === "Tensor" ? !(values[i] instanceof Tensor) : typeof values[i] !== "number") return false;
  }
  return true;
}

const plainTags: Record<string, number> = { Tensor: Tag.TensorList, int: Tag.IntList, float: Tag.DoubleList };

function packList(start: number, parameter: Parameter, values: readonly unknown[]): number {
  const { base } = parameter;
  growPackedKeeping(start + 4 * values.length + reserve);
  const plain = isPlain(base, values);
  let at = put(start, plain ? (plainTags[base] as number) : Tag.List, values.length); // isPlain knows these bases only
  if (!plain) {
    for (let i = 0; i < values.length && at > 0; i++) at = packValue(at, parameter, values[i] ?? null);
  } else if (base === "Tensor") {
    for (let i = 0; i < values.length; i++) packed[at++] = (values[i] as Tensor)._h; // isPlain saw only tensors
  } else {
    for (let i = 0; i < values.length; i++) packed[at++] = values[i] as number; // isPlain saw only numbers
  }
  return at;
}

/** Packs one value; returns the position after it, or -1 for a value that no parameter takes, such as an unknown name. */
export function packValue(at: number, parameter: Parameter, value: unknown): number {
  switch (typeof value) {
    case "number":
      return put(at, isInteger(value) ? Tag.Int : Tag.Double, value);
    case "boolean":
      return put(at, Tag.Bool, value ? 1 : 0);
    case "undefined":
      packed[at] = Tag.Default;
      return at + 1;
    case "string":
      return packName(at, parameter.base, value);
    case "bigint":
      return packBigInt(at, value);
    case "object":
      if (value instanceof Tensor) return put(at, Tag.Tensor, value._h);
      if (value !== null) return Array.isArray(value) ? packList(at, parameter, value) : packObject(at, value);
      packed[at] = Tag.None;
      return at + 1;
    default:
      return -1;
  }
}
