/**
 * Flatbuffers, the form of Arrow's metadata. Source: the flatbuffers documentation, "FlatBuffer Internals".
 *
 * Everything in them lies where an offset says, so a damaged one may point anywhere, also at what it is part of. So reading is
 * not free: every table, vector and text takes its size from what the bytes can pay for, and nothing beyond them is read.
 */
import { unexpected } from "../unexpected.js";

/** How many times bytes may be read, as writers may share what is equal. */
const TIMES_READ = 4;
/** Bytes of the smallest table that says something: what it is described by, and a member. */
const TABLE_BYTES = 8;

const utf8 = new TextDecoder();

/** The bytes of a flatbuffer, and how much more of them may be read. */
class Source {
  readonly view: DataView;
  #left: number;

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#left = TIMES_READ * bytes.length;
  }

  /** Checks that bytes are there and pays for them. */
  read(at: number, count: number): number {
    if (!(at >= 0 && at + count <= this.bytes.length)) {
      throw unexpected(`metadata within its ${this.bytes.length} bytes`, `${count} bytes at ${at}`);
    }
    this.#left -= count;
    if (this.#left >= 0) return at;
    throw unexpected("metadata in which everything has its own place", "one that repeats or contains itself");
  }
  /** Where an offset leads. */
  follow(at: number): number {
    return at + this.view.getUint32(this.read(at, 4), true);
  }
}

/**
 * A table: members by their number in the format's description. A missing number is 0, or what is given for that; a missing
 * vector is empty.
 */
export class FlatTable {
  readonly #source: Source;
  readonly #at: number;
  readonly #members: number; // where it says where its members are
  readonly #size: number; // of that, in bytes

  private constructor(source: Source, at: number) {
    this.#source = source;
    this.#at = source.read(at, TABLE_BYTES / 2);
    this.#members = source.read(at - source.view.getInt32(at, true), TABLE_BYTES / 2);
    this.#size = source.view.getUint16(this.#members, true);
    source.read(this.#members, this.#size);
  }

  /** The table to which these bytes lead. Throws `FileFormatError` when it is not among them, as all methods do. */
  static root(bytes: Uint8Array): FlatTable {
    const source = new Source(bytes);
    return new FlatTable(source, source.follow(0));
  }

  /** A member of so many bytes: where it is, null when it is missing. */
  #member(index: number, bytes: number): number | null {
    const slot = 4 + 2 * index;
    const offset = slot < this.#size ? this.#source.view.getUint16(this.#members + slot, true) : 0;
    return offset === 0 ? null : this.#source.read(this.#at + offset, bytes);
  }

  byte(index: number): number {
    const at = this.#member(index, 1);
    return at === null ? 0 : this.#source.view.getUint8(at);
  }
  short(index: number, missing = 0): number {
    const at = this.#member(index, 2);
    return at === null ? missing : this.#source.view.getInt16(at, true);
  }
  int(index: number, missing = 0): number {
    const at = this.#member(index, 4);
    return at === null ? missing : this.#source.view.getInt32(at, true);
  }
  long(index: number): number {
    const at = this.#member(index, 8);
    return at === null ? 0 : readLong(this.#source.view, at);
  }
  table(index: number): FlatTable | null {
    const at = this.#member(index, 4);
    return at === null ? null : new FlatTable(this.#source, this.#source.follow(at));
  }
  text(index: number): string | null {
    const at = this.#member(index, 4);
    if (at === null) return null;
    const { start, count } = this.#vector(at, 1);
    return utf8.decode(this.#source.bytes.subarray(start, start + count));
  }
  /** A vector of tables. */
  tables(index: number): FlatTable[] {
    const source = this.#source;
    return this.each(index, 4, (_, at) => new FlatTable(source, source.follow(at)));
  }
  /** A vector of values of `stride` bytes each, read one by one. */
  each<T>(index: number, stride: number, read: (view: DataView, at: number) => T): T[] {
    const member = this.#member(index, 4);
    if (member === null) return [];
    const { start, count } = this.#vector(member, stride);
    return Array.from({ length: count }, (_, i) => read(this.#source.view, start + i * stride));
  }

  #vector(member: number, stride: number): { start: number; count: number } {
    const at = this.#source.follow(member);
    const count = this.#source.view.getUint32(this.#source.read(at, 4), true);
    return { start: this.#source.read(at + 4, count * stride), count };
  }
}

/** A 64-bit integer. Throws `FileFormatError` beyond those that are numbers. */
export function readLong(view: DataView, at: number): number {
  const value = view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
  if (!Number.isSafeInteger(value)) throw unexpected("a number up to 2^53", value);
  return value;
}
