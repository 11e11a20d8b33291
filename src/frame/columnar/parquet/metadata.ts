/** What a Parquet file says about itself. Source: the Parquet format, parquet.thrift. */
import type { CompressionCodec, ConvertedType, LogicalType, ParquetType, SchemaElement } from "hyparquet";
import { unexpected } from "../unexpected.js";
import { type Read, Struct, ThriftReader } from "./thrift.js";

const nothing = new Struct({});
const logicalType = new Struct({
  STRING: [1, nothing],
  MAP: [2, nothing],
  LIST: [3, nothing],
  ENUM: [4, nothing],
  DECIMAL: [5, new Struct({ scale: [1, "number"], precision: [2, "number"] })],
  DATE: [6, nothing],
  TIME: [7, nothing],
  TIMESTAMP: [
    8,
    new Struct({ unit: [2, new Struct({ MILLIS: [1, nothing], MICROS: [2, nothing], NANOS: [3, nothing] })] }),
  ],
  INTEGER: [10, new Struct({ bitWidth: [1, "number"], isSigned: [2, "flag"] })],
  NULL: [11, nothing],
  JSON: [12, nothing],
  BSON: [13, nothing],
  UUID: [14, nothing],
  FLOAT16: [15, nothing],
  VARIANT: [16, nothing],
  GEOMETRY: [17, nothing],
  GEOGRAPHY: [18, nothing],
});
const schemaElement = new Struct({
  type: [1, "number"],
  typeLength: [2, "number"],
  repetition: [3, "number"],
  name: [4, "text"],
  children: [5, "number"],
  converted: [6, "number"],
  scale: [7, "number"],
  logical: [10, logicalType],
});
const chunkData = new Struct({
  type: [1, "number"],
  path: [3, { list: "text" }],
  codec: [4, "number"],
  size: [7, "number"],
  dataOffset: [9, "number"],
  dictionaryOffset: [11, "number"],
});
const columnChunk = new Struct({ file: [1, "text"], data: [3, chunkData] });
const rowGroup = new Struct({ columns: [1, { list: columnChunk }], rows: [3, "number"] });
const fileMetadata = new Struct({
  schema: [2, { list: schemaElement }],
  rows: [3, "number"],
  groups: [4, { list: rowGroup }],
});

const types: readonly ParquetType[] = [
  ...(["BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"] as const),
];
const repetitions = ["REQUIRED", "OPTIONAL", "REPEATED"] as const;
const convertedTypes: readonly ConvertedType[] = [
  ...(["UTF8", "MAP", "MAP_KEY_VALUE", "LIST", "ENUM", "DECIMAL", "DATE", "TIME_MILLIS", "TIME_MICROS"] as const),
  ...(["TIMESTAMP_MILLIS", "TIMESTAMP_MICROS", "UINT_8", "UINT_16", "UINT_32", "UINT_64", "INT_8", "INT_16"] as const),
  ...(["INT_32", "INT_64", "JSON", "BSON", "INTERVAL"] as const),
];
const codecs: readonly CompressionCodec[] = [
  ...(["UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW"] as const),
];

/** A column, or what stands at its place. */
export interface TopColumn {
  readonly element: SchemaElement;
  /** Whether it has one value a row, or is one of lists or records. */
  readonly isPlain: boolean;
}

/** Where the values of a plain column lie for some rows, in bytes of the file. */
export interface Chunk {
  readonly type: ParquetType;
  readonly codec: CompressionCodec;
  readonly start: number;
  readonly end: number;
}

/** Successive rows. */
export interface RowGroup {
  readonly rows: number;
  /** By the column's name, what the file says of its values there. */
  readonly chunks: ReadonlyMap<string, Read<typeof columnChunk>>;
}

/** What a file says about itself. */
export interface Metadata {
  readonly rows: number;
  readonly columns: readonly TopColumn[];
  readonly groups: readonly RowGroup[];
}

/** The metadata in these bytes. Throws `FileFormatError` on others. */
export function readMetadata(bytes: Uint8Array): Metadata {
  const { schema = [], rows = 0, groups = [] } = new ThriftReader(bytes).read(fileMetadata);
  const own = groups.map(readGroup);
  const sum = own.reduce((total, group) => total + group.rows, 0);
  if (!(rows >= 0 && sum === rows)) throw unexpected(`${rows} rows in all groups`, sum);
  return { rows, columns: topColumns(schema), groups: own };
}

function readGroup({ columns = [], rows = 0 }: Read<typeof rowGroup>): RowGroup {
  if (rows < 0) throw unexpected("rows in a group", rows);
  const chunks = new Map<string, Read<typeof columnChunk>>();
  for (const chunk of columns) {
    const [name, ...inner] = chunk.data?.path ?? [];
    if (name !== undefined && inner.length === 0 && !chunks.has(name)) chunks.set(name, chunk);
  }
  return { rows, chunks };
}

/**
 * Where a column's values lie in a group, in front of byte `end` of the file. Throws `FileFormatError` when they are not
 * there, or of another type.
 */
export function chunkOf({ chunks }: RowGroup, { name, type: expected }: SchemaElement, end: number): Chunk {
  const { file = "this file", data = {} } = chunks.get(name) ?? {};
  const { type: number = -1, codec: code = -1, size = -1, dataOffset = -1, dictionaryOffset } = data;
  const [type, codec] = [types[number], codecs[code]];
  if (!type || type !== expected || !codec || file !== "this file") {
    throw unexpected(`"${name}" of type ${expected} in every group of rows`, `${type} in ${file}, of codec ${code}`);
  }
  const start = dictionaryOffset || dataOffset; // some write 0 for none
  if (start >= 0 && size >= 0 && start + size <= end) return { type, codec, start, end: start + size };
  throw unexpected(`"${name}" within ${end} bytes`, `${size} bytes at ${start}`);
}

/** The schema's elements stand in a row, each before those that are part of it. */
function topColumns([root, ...elements]: readonly Read<typeof schemaElement>[]): TopColumn[] {
  const columns: TopColumn[] = [];
  let at = 0;
  for (let left = root?.children ?? 0; left > 0; left--) {
    const element = elements[at];
    if (!element) throw unexpected(`${root?.children} columns`, columns.length);
    for (let open = 1; open > 0; at++) open += Math.max(0, elements[at]?.children ?? 0) - 1;
    if (at > elements.length) throw unexpected(`${elements.length} parts of the schema`, "more");
    const own = schemaElementOf(element);
    columns.push({ element: own, isPlain: !element.children && own.repetition_type !== "REPEATED" });
  }
  return columns;
}

function schemaElementOf({ type = -1, typeLength, repetition = -1, name = "", ...rest }: Read<typeof schemaElement>) {
  const logical = logicalTypeOf(rest.logical);
  // Newer files say only by the logical type what older ones said by the converted one.
  const same = logical?.type === "DATE" || logical?.type === "DECIMAL" ? logical.type : undefined;
  const element: SchemaElement = {
    ...{ name, type: types[type], type_length: typeLength, repetition_type: repetitions[repetition] },
    converted_type: convertedTypes[rest.converted ?? -1] ?? same,
    scale: rest.scale ?? (logical?.type === "DECIMAL" ? logical.scale : undefined),
    logical_type: logical,
  };
  return element;
}

function logicalTypeOf(given: Read<typeof logicalType> = {}): LogicalType | undefined {
  const [type] = Object.keys(given) as (keyof typeof given)[];
  if (type === undefined) return undefined;
  const unit = Object.keys(given.TIMESTAMP?.unit ?? {})[0];
  const { scale = 0, precision = 0 } = given.DECIMAL ?? {};
  const { bitWidth = 0, isSigned = false } = given.INTEGER ?? {};
  return { type, unit, scale, precision, bitWidth, isSigned } as LogicalType; // what belongs to the type, and more
}
