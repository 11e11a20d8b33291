/**
 * The pages of a column. Source: the Parquet format, parquet.thrift and "Encodings".
 *
 * Pages are looked through before the library decodes them, as it makes room for what they say of themselves.
 */
import type { CompressionCodec, ParquetType } from "hyparquet";
import { decompressPage } from "../codec/parquet-codecs.js";
import type { Growth } from "../growth.js";
import { unexpected } from "../unexpected.js";
import { checkDelta, checkDeltaTexts } from "./delta.js";
import { checkRuns } from "./runs.js";
import { type Read, Struct, ThriftReader } from "./thrift.js";

const pageHeader = new Struct({
  kind: [1, "number"],
  expanded: [2, "number"],
  length: [3, "number"],
  data: [5, new Struct({ count: [1, "number"], encoding: [2, "number"] })],
  dictionary: [7, new Struct({ count: [1, "number"] })],
  newData: [
    8,
    new Struct({
      ...({ count: [1, "number"], gaps: [2, "number"], rows: [3, "number"], encoding: [4, "number"] } as const),
      ...({ definitions: [5, "number"], repetitions: [6, "number"], isCompressed: [7, "flag"] } as const),
    }),
  ],
});

const kinds = { data: 0, dictionary: 2, newData: 3 };
const encodings = {
  plain: 0,
  oldDictionary: 2,
  runs: 3,
  delta: 5,
  deltaLengths: 6,
  deltaTexts: 7,
  dictionary: 8,
  split: 9,
};

/** What is known of a column before its pages are read. */
export interface PageColumn {
  readonly type: ParquetType;
  /** Bytes of a value of fixed length. */
  readonly typeLength: number;
  readonly isOptional: boolean;
  readonly codec: CompressionCodec;
}

/** Bits of a value, at least. */
const leastBits: Record<ParquetType, number> = {
  BOOLEAN: 1,
  INT32: 32,
  INT64: 64,
  INT96: 96,
  FLOAT: 32,
  DOUBLE: 64,
  BYTE_ARRAY: 32,
  FIXED_LEN_BYTE_ARRAY: 8,
};

/** What a text takes besides its bytes. The library makes an object of three times that for each, but only for a page. */
const OBJECT_BYTES = 32;

/** Looks through the pages of a column. */
export class Pages {
  /** What pages are decompressed, by where they begin among the bytes. */
  readonly contents = new Map<number, Uint8Array>();
  #hasDictionary = false;

  constructor(
    readonly bytes: Uint8Array,
    readonly column: PageColumn,
    readonly growth: Growth,
  ) {}

  /** Checks pages until there are so many rows, out of those that they have together. Throws `FileFormatError`. */
  check(wanted: number, rows: number): void {
    const from = new ThriftReader(this.bytes);
    let found = 0;
    while (found < wanted && from.at < this.bytes.length) {
      const header = from.read(pageHeader);
      const { length = -1, expanded = -1 } = header;
      const start = from.at;
      if (!(length >= 0 && expanded >= 0 && start + length <= this.bytes.length)) {
        throw unexpected(`a page in ${this.bytes.length - start} bytes`, `${length} bytes, ${expanded} expanded`);
      }
      this.growth.take("bytes", expanded);
      from.at += length;
      found += this.#checkPage(header, start, from.at, expanded, rows - found);
    }
    if (found < wanted) throw unexpected(`${wanted} rows`, found);
  }

  /** Returns how many rows are in the page. */
  #checkPage(header: Read<typeof pageHeader>, start: number, end: number, expanded: number, most: number): number {
    const { kind, data, dictionary, newData } = header;
    const count = (kind === kinds.dictionary ? dictionary : kind === kinds.data ? data : newData)?.count ?? -1;
    if (kind === kinds.dictionary) {
      const { length } = this.#content(start, end, expanded);
      this.#checkPlain(count, length);
      this.#takeObjects(count, length);
      this.#hasDictionary = true;
      return 0;
    }
    if (!(count >= 0 && count <= most))
      throw unexpected(`up to ${most} rows in a page`, `${count} in one of kind ${kind}`);
    if (kind === kinds.data) {
      const content = this.#content(start, end, expanded);
      const { values, at } = this.#levels(content, count);
      this.#checkValues(data?.encoding, content, at, values);
      return count;
    }
    const { gaps = 0, rows = -1, definitions = -1, repetitions = -1, isCompressed = true, encoding } = newData ?? {};
    const levels = definitions + repetitions;
    const mostGaps = this.column.isOptional ? count : 0;
    if (
      !(gaps >= 0 && gaps <= mostGaps && rows >= 0 && definitions >= 0 && repetitions >= 0 && start + levels <= end)
    ) {
      throw unexpected(`levels of ${count} values in ${end - start} bytes`, `${gaps} gaps, ${levels} bytes`);
    }
    if (this.column.isOptional) checkRuns(this.bytes, start + repetitions, end, 1, count);
    const content = isCompressed
      ? this.#content(start + levels, end, expanded - levels)
      : this.bytes.subarray(start + levels, end);
    this.#checkValues(encoding, content, 0, count - gaps);
    return count;
  }

  #content(start: number, end: number, size: number): Uint8Array {
    const page = decompressPage(this.column.codec, this.bytes.subarray(start, end), size);
    this.contents.set(start, page);
    return page;
  }

  /** Gaps among the values of a page, behind whose levels the others begin. */
  #levels(content: Uint8Array, count: number): { values: number; at: number } {
    if (!this.column.isOptional) return { values: count, at: 0 };
    const at = sizedEnd(content, 0);
    return { values: checkRuns(content, 4, content.length, 1, count), at };
  }

  #checkPlain(count: number, bytes: number): void {
    const { type, typeLength } = this.column;
    const bits = type === "FIXED_LEN_BYTE_ARRAY" ? 8 * typeLength : leastBits[type];
    if (!(count >= 0 && bits > 0 && count * bits <= 8 * bytes)) {
      throw unexpected(`${count} values of ${bits} bits at least`, `${bytes} bytes`);
    }
  }

  /** Takes room for values that are objects while the library decodes them. */
  #takeObjects(count: number, bytes: number): void {
    if (/BYTE_ARRAY/.test(this.column.type)) this.growth.take("texts", bytes + OBJECT_BYTES * count);
  }

  #checkValues(encoding: number | undefined, content: Uint8Array, at: number, count: number): void {
    const { type } = this.column;
    const isFlag = type === "BOOLEAN";
    if (count === 0) return;
    const isCoded = encoding === encodings.dictionary || encoding === encodings.oldDictionary;
    if (!isCoded) this.#takeObjects(count, content.length - at);
    if (encoding === encodings.plain || encoding === encodings.split) this.#checkPlain(count, content.length - at);
    else if (encoding === encodings.delta || encoding === encodings.deltaLengths) checkDelta(content, at);
    else if (encoding === encodings.deltaTexts) checkDeltaTexts(content, at, count, this.growth);
    else if (encoding === encodings.runs && isFlag) {
      checkRuns(content, sizedStart(content, at), content.length, 1, count);
    } else if (isCoded) {
      if (!this.#hasDictionary || isFlag) throw unexpected("a dictionary in front of what refers to it", "none");
      checkRuns(content, at + 1, content.length, content[at] ?? 0, count);
    } else throw unexpected(`an encoding of ${type} among ${Object.values(encodings).join(", ")}`, encoding);
  }
}

/** Where the bytes begin in front of which their size stands. */
function sizedStart(content: Uint8Array, start: number): number {
  sizedEnd(content, start);
  return start + 4;
}

/** Where bytes end behind which others begin; their size stands in front. */
function sizedEnd(content: Uint8Array, start: number): number {
  const size =
    content.length >= start + 4 ? new DataView(content.buffer, content.byteOffset + start).getUint32(0, true) : -1;
  if (size >= 0 && start + 4 + size <= content.length) return start + 4 + size;
  throw unexpected(`runs in ${content.length - start} bytes`, `${size} bytes of them`);
}
