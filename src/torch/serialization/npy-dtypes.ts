/** numpy's dtypes: their names in headers, and tensors on their bytes. */
import type { DType } from "../dtype.js";
import { FileFormatError } from "../errors.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { type ByteSource, MemorySource } from "./byte-source.js";
import { withDtype } from "./rebuild.js";

/** What an array's header says. */
export interface ArrayHeader {
  /** The dtype as numpy spells it, such as `<f4`. */
  readonly descr: string;
  readonly shape: readonly number[];
  /** Whether the first index runs fastest. */
  readonly fortranOrder: boolean;
}

/** Name after the byte order, bytes an element, bytes of the parts that the byte order applies to. */
const formats: readonly (readonly [DType, string, number, number])[] = [
  ["bool", "b1", 1, 1],
  ["int8", "i1", 1, 1],
  ["int16", "i2", 2, 2],
  ["int32", "i4", 4, 4],
  ["int64", "i8", 8, 8],
  ["uint8", "u1", 1, 1],
  ["uint16", "u2", 2, 2],
  ["uint32", "u4", 4, 4],
  ["uint64", "u8", 8, 8],
  ["float16", "f2", 2, 2],
  ["float32", "f4", 4, 4],
  ["float64", "f8", 8, 8],
  ["complex64", "c8", 8, 4],
  ["complex128", "c16", 16, 8],
];

const byName = new Map(formats.map(([dtype, name, bytes, part]) => [name, { dtype, bytes, part }]));
const byDtype = new Map(formats.map(([dtype, name, bytes]) => [dtype, `${bytes === 1 ? "|" : "<"}${name}`]));

/** What numpy calls a dtype, or undefined where it has none. */
export function descrOf(dtype: DType): string | undefined {
  return byDtype.get(dtype);
}

/** Dtype, sizes and byte order of numpy's name. Throws `FileFormatError` on text, objects, dates and records. */
export function parseDescr(
  descr: string,
  where: string,
): { dtype: DType; bytes: number; part: number; isBig: boolean } {
  const order = "<>|=".includes(descr[0] ?? "x") ? descr[0] : "=";
  const name = descr.replace(/^[<>|=]/, "").replace("?", "b1");
  const format = byName.get(name);
  if (!format) {
    throw new FileFormatError(
      `${where}: expected numbers or booleans (${[...byName.keys()].join(", ")}), got dtype ${JSON.stringify(descr)}. ` +
        "Convert the array in Python first.",
    );
  }
  return { ...format, isBig: order === ">" && format.part > 1 };
}

/** Bytes that an array of this header has. Throws `FileFormatError` on a shape that cannot be. */
export function byteLengthOf({ descr, shape }: ArrayHeader, where: string): number {
  const { bytes } = parseDescr(descr, where);
  const total = shape.reduce((product, size) => product * size, bytes);
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0) || !Number.isSafeInteger(total)) {
    throw new FileFormatError(`${where}: expected a shape that can be counted, got [${shape}]. The file is damaged.`);
  }
  return total;
}

/** A tensor of exactly these bytes; on their memory where alignment, byte order and dtype allow. */
export function tensorOfArray(data: ByteSource, header: ArrayHeader, where: string): Tensor {
  const { dtype, bytes: width, part, isBig } = parseDescr(header.descr, where);
  const expected = byteLengthOf(header, where);
  if (data.size !== expected) {
    throw new FileFormatError(
      `${where}: expected ${expected} bytes for shape [${header.shape}] ${header.descr}, got ${data.size}. The file is ` +
        "damaged or incomplete.",
    );
  }
  return scope(() => {
    const own = isBig ? new MemorySource(swapped(data.bytes(0, expected), part)) : data;
    const flat = withDtype(own.tensor(0, expected, width), dtype);
    if (!header.fortranOrder) return flat.view([...header.shape]);
    const reversed = flat.view(header.shape.toReversed());
    return reversed.permute(header.shape.map((_, at) => header.shape.length - 1 - at));
  });
}

/** A copy with the bytes of each number the other way round. */
function swapped(data: Uint8Array, part: number): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(data.length);
  copy.set(data);
  if (part === 2) return copy.swap16();
  return part === 4 ? copy.swap32() : copy.swap64();
}
