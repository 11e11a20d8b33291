/** The header of a safetensors file: reading it with suspicion, and writing it. */
import type { DType } from "../dtype.js";
import { FileFormatError } from "../errors.js";
import { firstDuplicateKey } from "./duplicate-keys.js";

/** Where one tensor lies. Offsets count from the end of the header. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: number[];
  readonly begin: number;
  readonly end: number;
}

/** A checked header. */
export interface SafetensorsHeader {
  readonly entries: TensorEntry[];
  readonly metadata: Record<string, string>;
}

/** Longest header that is read or written, in bytes. */
export const maxHeaderBytes = 25_000_000;

/** Bytes before the header: its length, as a 64-bit little-endian integer. */
export const lengthBytes = 8;

/** Name in the file and bytes an element, in the order in which files list them (so that wide elements stay aligned). */
const formats: readonly (readonly [DType, string, number])[] = [
  ["uint64", "U64", 8],
  ["int64", "I64", 8],
  ["float64", "F64", 8],
  ["complex64", "C64", 8],
  ["float32", "F32", 4],
  ["uint32", "U32", 4],
  ["int32", "I32", 4],
  ["bfloat16", "BF16", 2],
  ["float16", "F16", 2],
  ["uint16", "U16", 2],
  ["int16", "I16", 2],
  ["float8_e5m2fnuz", "F8_E5M2FNUZ", 1],
  ["float8_e4m3fnuz", "F8_E4M3FNUZ", 1],
  ["float8_e4m3fn", "F8_E4M3", 1],
  ["float8_e5m2", "F8_E5M2", 1],
  ["int8", "I8", 1],
  ["uint8", "U8", 1],
  ["bool", "BOOL", 1],
];

const byName = new Map(formats.map(([dtype, name, bytes]) => [name, { dtype, bytes }]));
const byDtype = new Map(formats.map(([dtype, name, bytes], rank) => [dtype, { name, bytes, rank }]));

/** Bytes of an element of a dtype that the format has. */
export function elementBytes(dtype: DType): number {
  return byDtype.get(dtype)?.bytes ?? 1;
}

function fail(where: string, expected: string, got: string): FileFormatError {
  return new FileFormatError(
    `${where}: expected ${expected}, got ${got}. The file is damaged, incomplete or not safetensors.`,
  );
}

/** The header's length from a file's first eight bytes. Throws `FileFormatError` when it cannot be one. */
export function headerLength(start: Uint8Array, fileBytes: number, where: string): number {
  if (start.length < lengthBytes) throw fail(where, `at least ${lengthBytes} bytes`, `${start.length}`);
  const length = new DataView(start.buffer, start.byteOffset, lengthBytes).getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes)) throw fail(where, `a header of at most ${maxHeaderBytes} bytes`, `${length}`);
  if (Number(length) + lengthBytes > fileBytes) {
    throw fail(where, `a header of ${length} bytes within the file`, `a file of ${fileBytes} bytes`);
  }
  return Number(length);
}

/** Parses and checks a header. `dataBytes` is what follows it in the file. Throws `FileFormatError`. */
export function parseHeader(bytes: Uint8Array, dataBytes: number, where: string): SafetensorsHeader {
  const json = parseJson(bytes, where);
  const metadata = parseMetadata(json.__metadata__, where);
  const names = Object.keys(json).filter((name) => name !== "__metadata__");
  const entries = names.map((name) => parseEntry(name, json[name], where));
  checkOffsets(entries, dataBytes, where);
  return { entries, metadata };
}

function parseJson(bytes: Uint8Array, where: string): Record<string, unknown> {
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    json = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FileFormatError(`${where}: expected a JSON header, got ${reason}. The file is damaged.`, { cause });
  }
  if (!isRecord(json)) throw fail(where, "a JSON object as header", Array.isArray(json) ? "an array" : String(json));
  const twice = firstDuplicateKey(text);
  if (twice !== undefined) throw fail(where, "each key of the header once", `${JSON.stringify(twice)} twice`);
  return json;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseMetadata(value: unknown, where: string): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (isRecord(value) && Object.values(value).every((item) => typeof item === "string")) {
    return value as Record<string, string>; // checked just above
  }
  throw fail(where, "__metadata__ to map strings to strings", JSON.stringify(value).slice(0, 80));
}

function parseEntry(name: string, value: unknown, file: string): TensorEntry {
  const where = `${file}, tensor ${JSON.stringify(name)}`;
  if (!isRecord(value)) throw fail(where, "an object with dtype, shape and data_offsets", JSON.stringify(value));
  const format = typeof value.dtype === "string" ? byName.get(value.dtype) : undefined;
  if (!format)
    throw fail(where, `a dtype among ${[...byName.keys()].join(", ")}`, JSON.stringify(value.dtype) ?? "none");
  const { shape, data_offsets: offsets } = value;
  if (!isSizes(shape)) throw fail(where, "a shape of integers from 0", JSON.stringify(shape) ?? "none");
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw fail(where, "two data_offsets, integers from 0", JSON.stringify(offsets) ?? "none");
  }
  const [begin, end] = offsets as [number, number]; // its length is checked just above
  const bytes = shape.reduce((product, size) => product * size, format.bytes);
  if (!Number.isSafeInteger(bytes)) throw fail(where, "a shape whose size can be counted", `[${shape.join(", ")}]`);
  if (end - begin !== bytes) {
    throw fail(where, `${bytes} bytes for shape [${shape.join(", ")}] ${value.dtype}`, `offsets ${begin} to ${end}`);
  }
  return { name, dtype: format.dtype, shape, begin, end };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** Tensors must cover the data exactly: no holes, no overlaps, no bytes left over. Sorts the entries by place. */
function checkOffsets(entries: TensorEntry[], dataBytes: number, where: string): void {
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at) {
      throw fail(
        `${where}, tensor ${JSON.stringify(name)}`,
        `data from byte ${at} on, without hole or overlap`,
        `${begin}`,
      );
    }
    at = end;
  }
  if (at !== dataBytes) throw fail(where, `${at} bytes of data after the header`, `${dataBytes}`);
}

/** What `layOut` needs to know of a tensor. */
export interface NamedTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: number[];
}

/** Orders tensors as the reference implementation does (wide dtypes first, then by name) and gives each its place. */
export function layOut<T extends NamedTensor>(tensors: readonly T[], where: string): (T & TensorEntry)[] {
  const key = new TextEncoder();
  const ranked = tensors.map((tensor) => {
    const format = byDtype.get(tensor.dtype);
    if (!format) {
      throw new FileFormatError(
        `${where}, tensor ${JSON.stringify(tensor.name)}: expected a dtype among ${[...byDtype.keys()].join(", ")}, got ` +
          `${tensor.dtype}. Convert it first: safetensors has no such dtype.`,
      );
    }
    return { tensor, format, sortKey: key.encode(tensor.name) };
  });
  ranked.sort((a, b) => a.format.rank - b.format.rank || Buffer.compare(a.sortKey, b.sortKey));
  let begin = 0;
  return ranked.map(({ tensor, format }) => {
    const end = begin + tensor.shape.reduce((product, size) => product * size, format.bytes);
    const entry = { ...tensor, begin, end };
    begin = end;
    return entry;
  });
}

/** The length and the header as they stand at the start of a file, padded with spaces to a multiple of eight bytes. */
export function encodeHeader(
  entries: readonly TensorEntry[],
  metadata: Record<string, string> | undefined,
): Uint8Array {
  const json = new Map<string, unknown>();
  if (metadata) json.set("__metadata__", metadata);
  for (const { name, dtype, shape, begin, end } of entries) {
    json.set(name, { dtype: byDtype.get(dtype)?.name, shape, data_offsets: [begin, end] });
  }
  const pairs = [...json].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  const text = new TextEncoder().encode(`{${pairs.join(",")}}`);
  const length = Math.ceil(text.length / 8) * 8;
  if (length > maxHeaderBytes) {
    throw new FileFormatError(
      `safetensors: expected a header of at most ${maxHeaderBytes} bytes, got ${length}. Shorten names or metadata.`,
    );
  }
  const bytes = new Uint8Array(lengthBytes + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, lengthBytes);
  return bytes;
}
