/** Parquet files of anything, also of what no writer writes. */

/** A member of a struct in Thrift's compact protocol; a list may say of itself what is not so. */
export type Member =
  | boolean
  | number
  | string
  | { readonly long: number | bigint }
  | { readonly list: readonly Member[]; readonly count?: number }
  | Struct
  | Buffer;

/** Members by their number. */
export interface Struct {
  readonly [id: number]: Member | undefined;
}

/** Seven bits a byte. */
export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  for (let left = BigInt(value); ; left >>= 7n) {
    if (left < 128n) return Buffer.from([...bytes, Number(left)]);
    bytes.push(Number(left & 127n) | 128);
  }
}

/** With the sign in the lowest bit. */
export function zigzag(value: number | bigint): Buffer {
  const big = BigInt(value);
  return varint(big < 0n ? -2n * big - 1n : 2n * big);
}

/** The number of a member's type, and its bytes. */
function member(value: Member): [type: number, bytes: Buffer] {
  if (typeof value === "boolean") return [value ? 1 : 2, Buffer.alloc(0)];
  if (typeof value === "number") return [5, zigzag(value)];
  if (typeof value === "string") return [8, Buffer.concat([varint(value.length), Buffer.from(value)])];
  if (Buffer.isBuffer(value)) return [8, Buffer.concat([varint(value.length), value])];
  if ("long" in value) return [6, zigzag(value.long as number)];
  if ("list" in value) {
    const { list, count } = value as { list: readonly Member[]; count?: number };
    const members = list.map(member);
    const head = Buffer.concat([Buffer.from([0xf0 | (members[0]?.[0] ?? 12)]), varint(count ?? list.length)]);
    return [9, Buffer.concat([head, ...members.map(([, bytes]) => bytes)])];
  }
  return [12, struct(value as Struct)];
}

/** A struct. */
export function struct(members: Struct): Buffer {
  let last = 0;
  const parts = Object.entries(members).flatMap(([key, value]) => {
    if (value === undefined) return [];
    const [type, bytes] = member(value);
    const head = ((Number(key) - last) << 4) | type;
    last = Number(key);
    return [Buffer.from([head]), bytes];
  });
  return Buffer.concat([...parts, Buffer.from([0])]);
}

/** Numbers of the format. */
export const types = { flag: 0, int: 1, long: 2, bytes: 6, fixed: 7 };
export const encodings = { plain: 0, runs: 3, delta: 5, deltaTexts: 7, dictionary: 8, split: 9 };
export const codecs = { none: 0, snappy: 1, gzip: 2, brotli: 4, lz4: 5, zstd: 6, raw: 7 };

/** What a page says of itself, where it is not what it is. */
interface PageSays {
  count: number;
  encoding?: number;
  expanded?: number;
  length?: number;
}

/** A page of values. */
export function dataPage(content: Uint8Array, { count, encoding = 0, expanded, length }: PageSays): Buffer {
  const head = { 1: 0, 2: expanded ?? content.length, 3: length ?? content.length };
  return Buffer.concat([struct({ ...head, 5: { 1: count, 2: encoding, 3: 3, 4: 3 } }), content]);
}

/** A page of the values to which others refer. */
export function dictionaryPage(content: Uint8Array, count: number): Buffer {
  return Buffer.concat([struct({ 1: 2, 2: content.length, 3: content.length, 7: { 1: count, 2: 0 } }), content]);
}

/** A page of the newer kind, with its levels in front of the values. */
export function newPage(content: Uint8Array, levels: number, says: Struct): Buffer {
  const head = { 1: 3, 2: content.length, 3: content.length };
  return Buffer.concat([struct({ ...head, 8: { 2: 0, 3: 0, 4: 0, 5: levels, 6: 0, 7: false, ...says } }), content]);
}

/** A column and its pages, in one group of rows. */
export interface Column {
  type?: number;
  /** Of values of fixed length. */
  length?: number;
  optional?: boolean;
  converted?: number;
  codec?: number;
  pages?: readonly Buffer[];
  /** What the metadata says of where they are, where that is not so. */
  says?: { offset?: number; size?: number; path?: string };
}

/** A file of a few columns. */
export function file(columns: Readonly<Record<string, Column>>, rows: number | bigint, says: Struct = {}): Buffer {
  const magic = Buffer.from("PAR1");
  let offset = magic.length;
  const all = Object.entries(columns).map(([name, { pages = [], ...column }]) => {
    const bytes = Buffer.concat(pages);
    const start = offset;
    offset += bytes.length;
    return { name, bytes, start, ...column };
  });
  const elements = all.map(({ name, type = 1, length, optional, converted }) => {
    return { 1: type, 2: length, 3: optional ? 1 : 0, 4: name, 6: converted };
  });
  const chunks = all.map(({ name, type = 1, codec = 0, bytes, start, says: own = {} }) => {
    const size = { long: own.size ?? bytes.length };
    const place = { long: own.offset ?? start };
    const data = { 1: type, 2: { list: [0] }, 3: { list: [own.path ?? name] }, 4: codec, 5: { long: rows } };
    return { 2: { long: start }, 3: { ...data, 6: size, 7: size, 9: place } };
  });
  const metadata = struct({
    ...{ 1: 2, 2: { list: [{ 4: "root", 5: all.length }, ...elements] }, 3: { long: rows } },
    ...{ 4: { list: [{ 1: { list: chunks }, 2: { long: 0 }, 3: { long: rows } }] } },
    ...says,
  });
  const size = Buffer.alloc(4);
  size.writeInt32LE(metadata.length);
  return Buffer.concat([magic, ...all.map(({ bytes }) => bytes), metadata, size, magic]);
}
