/** The values of a column for some rows, decoded by the library out of pages that are known to be whole. */
import { type FileMetaData, type ParquetParsers, parquetRead, type SchemaElement } from "hyparquet";
import { ValueError } from "../../../torch/index.js";
import { type Growth, mostValues } from "../growth.js";
import { unexpected } from "../unexpected.js";
import type { Chunk } from "./metadata.js";
import { Pages } from "./pages.js";

/** Bytes of JSON in a cell: its objects take fifty times that. */
const MOST_JSON = 2 ** 24;

const utf8 = new TextDecoder();

/** What the library gives: numbers instead of an object for each moment, and no other objects. */
const parsersOf = (name: string): Partial<ParquetParsers> => ({
  timestampFromMilliseconds: (time) => Number(time),
  timestampFromMicroseconds: (time) => Number(time) / 1e3,
  timestampFromNanoseconds: (time) => Number(time / 1000n) / 1e3,
  dateFromDays: (days: number | undefined) => (days === undefined ? Number.NaN : days * 86_400_000),
  jsonFromBytes: (bytes: Uint8Array | undefined) => {
    if (bytes && bytes.length > MOST_JSON) throw unexpected(`JSON of up to ${MOST_JSON} bytes`, bytes.length);
    const value: unknown = bytes && JSON.parse(utf8.decode(bytes));
    if (typeof value === "object" && value !== null) throw notPlain(name);
    return value;
  },
  geometryFromBytes: () => {
    throw notPlain(name);
  },
  geographyFromBytes: () => {
    throw notPlain(name);
  },
});

/** An error for a column of other than plain values. */
export function notPlain(name: string): ValueError {
  return new ValueError(
    `readParquet: expected plain columns, got lists or records in "${name}". Leave it out: name the others in { columns }.`,
  );
}

/** Values of successive rows. */
export type Piece = ArrayLike<unknown>;

/**
 * The first `wanted` of a chunk's `rows` values or some more, in pieces. Throws `FileFormatError` when the bytes are not those
 * of such a chunk, or the library's error on what it does not know.
 */
export async function readChunk(
  bytes: Uint8Array<ArrayBuffer>,
  element: SchemaElement,
  { type, codec }: Pick<Chunk, "type" | "codec">,
  { wanted, rows, growth }: { wanted: number; rows: number; growth: Growth },
): Promise<Piece[]> {
  if (element.converted_type === "DECIMAL") checkDecimal(element);
  if (rows > mostValues()) throw unexpected(`up to ${mostValues()} rows in a group`, rows);
  const isOptional = element.repetition_type !== "REQUIRED";
  const pages = new Pages(bytes, { type, typeLength: element.type_length ?? 0, isOptional, codec }, growth);
  pages.check(wanted, rows);
  const contents = (part: Uint8Array) => {
    const page = pages.contents.get(part.byteOffset);
    if (page) return page;
    throw unexpected("a page that was looked through", `byte ${part.byteOffset}`);
  };
  // The library takes the square of a decimal's length; those of any length are given back as they are stored.
  const isStored = element.converted_type === "DECIMAL" && type === "BYTE_ARRAY";
  const stored: SchemaElement = { ...element, converted_type: undefined, logical_type: undefined };
  const pieces: { start: number; values: Piece }[] = [];
  await parquetRead({
    file: { byteLength: bytes.length, slice: () => bytes.buffer },
    metadata: metadataOf(isStored ? stored : element, { type, codec, size: bytes.length, rows }),
    compressors: { [codec]: contents },
    onChunk: ({ rowStart, columnData }) => pieces.push({ start: rowStart, values: columnData }),
    ...{ parsers: parsersOf(element.name), rowEnd: wanted, utf8: !isStored },
  });
  return pieces.sort((a, b) => a.start - b.start).map(({ values }) => values);
}

/** Bytes of the widest decimal that there is. */
export const MOST_DECIMAL_BYTES = 32;

function checkDecimal({ name, type_length: length = 0 }: SchemaElement): void {
  if (length <= MOST_DECIMAL_BYTES) return;
  throw unexpected(`"${name}" of decimals of up to ${MOST_DECIMAL_BYTES} bytes`, length);
}

/** What the library wants to know of a file; this one has a single chunk of a single column. */
function metadataOf(
  element: SchemaElement,
  { type, codec, size, rows }: Pick<Chunk, "type" | "codec"> & { size: number; rows: number },
): FileMetaData {
  const none = { encodings: [], total_uncompressed_size: 0n, data_page_offset: 0n };
  const data = { ...none, type, codec, path_in_schema: [element.name], num_values: BigInt(rows) };
  const columns = [{ file_offset: 0n, meta_data: { ...data, total_compressed_size: BigInt(size) } }];
  return {
    ...{ version: 2, metadata_length: 0, num_rows: BigInt(rows) },
    schema: [{ name: "", num_children: 1 }, element],
    row_groups: [{ columns, total_byte_size: 0n, num_rows: BigInt(rows) }],
  };
}
