/** The buffers of a batch of records, as its header names them. Source: the Arrow columnar format, Message.fbs. */
import { lz4Frame } from "../codec/lz4.js";
import { zstd } from "../codec/zstd.js";
import type { Growth } from "../growth.js";
import { unexpected } from "../unexpected.js";
import { type FlatTable, readLong } from "./flatbuffer.js";

/** Rows of a column in a batch. */
export interface Node {
  readonly length: number;
  readonly nullCount: number;
}

/** A part of a body. */
interface Region {
  readonly offset: number;
  readonly length: number;
}

/** By its number in the format, how a buffer is read. */
const codecs = [lz4Frame, zstd];
/** The size that stands in front of a compressed buffer when it is not. */
const NOT_COMPRESSED = -1;

/** Memory as an array of a kind, of so many bytes a value. */
interface ArrayClass<T> {
  new (buffer: ArrayBufferLike, offset: number, length: number): T;
  readonly BYTES_PER_ELEMENT: number;
}

/** What lies in a batch of records, in the order of its columns. */
export class Buffers {
  /** How many rows the batch has. */
  readonly rows: number;
  readonly #nodes: Iterator<Node>;
  readonly #regions: Iterator<Region>;
  readonly #counts: Iterator<number>;
  #left: number;
  readonly #decode: ((bytes: Uint8Array, size: number) => Uint8Array) | null;

  constructor(
    header: FlatTable,
    version: number,
    readonly body: Uint8Array,
    readonly growth: Growth,
  ) {
    const page = version < 3 ? 8 : 0; // a number of a page in front of the offset, in files before the year 2018
    const pair = (from: number) => (view: DataView, at: number) => [
      readLong(view, at + from),
      readLong(view, at + from + 8),
    ];
    this.rows = header.long(0);
    this.#left = body.length;
    this.#nodes = header
      .each(1, 16, pair(0))
      .map(([length = 0, nullCount = 0]) => ({ length, nullCount }))
      .values();
    this.#regions = header
      .each(2, 16 + page, pair(page))
      .map(([offset = 0, length = 0]) => ({ offset, length }))
      .values();
    this.#counts = header.each(4, 8, readLong).values();
    const compression = header.table(3);
    this.#decode = compression ? (codecs[compression.byte(0)] ?? null) : null;
    if (compression && (!this.#decode || compression.byte(1) !== 0)) {
      throw unexpected(
        "buffers compressed by LZ4 or zstd",
        `method ${compression.byte(1)}, codec ${compression.byte(0)}`,
      );
    }
  }

  /** The next column's rows. Throws `FileFormatError` when there is none, as all methods do. */
  node(): Node {
    const { length, nullCount } = next(this.#nodes, "column");
    if (length < 0) throw unexpected("rows of a column", length);
    this.growth.take("cells", length);
    return { length, nullCount };
  }
  /** How many buffers the next column of views has. */
  count(): number {
    return next(this.#counts, "number of buffers");
  }
  /** The next buffer, decompressed. */
  bytes(): Uint8Array {
    const { offset, length } = next(this.#regions, "buffer");
    this.#left -= length; // each byte is in one buffer: many columns could be the same text
    if (!(offset >= 0 && length >= 0 && offset + length <= this.body.length && this.#left >= 0)) {
      throw unexpected(`buffers side by side in a body of ${this.body.length} bytes`, `${length} bytes at ${offset}`);
    }
    const part = this.body.subarray(offset, offset + length);
    return this.#decode && length > 0 ? this.#decompressed(part, this.#decode) : part;
  }
  /** The next buffer as an array. */
  array<T>(Class: ArrayClass<T>): T {
    const bytes = this.bytes();
    // Those in the middle of other memory may lie where such an array cannot.
    const { buffer, byteOffset } = bytes.byteOffset % Class.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
    return new Class(buffer, byteOffset, Math.floor(bytes.length / Class.BYTES_PER_ELEMENT));
  }

  #decompressed(part: Uint8Array, decode: (bytes: Uint8Array, size: number) => Uint8Array): Uint8Array {
    if (part.length < 8) throw unexpected("a compressed buffer with its size", `${part.length} bytes`);
    const size = readLong(new DataView(part.buffer, part.byteOffset, 8), 0);
    const content = part.subarray(8);
    if (size === NOT_COMPRESSED) return content;
    this.growth.take("bytes", size);
    return decode(content, size);
  }
}

function next<T>(from: Iterator<T>, what: string): T {
  const { done, value } = from.next();
  if (done) throw unexpected(`another ${what} in a batch of records`, "its end");
  return value;
}
