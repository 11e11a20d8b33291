/** The entries of a zip file, as parts of its bytes. */

import { crc32, inflateRawSync } from "node:zlib";
import { FileFormatError } from "../errors.js";
import { type ByteSource, MemorySource } from "./byte-source.js";

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_SIZE = 22;
const LOCATOR_SIZE = 20;
const END64_SIZE = 56;
const LOCAL_SIZE = 30;
/** A comment after the directory may be this long. */
const MAX_COMMENT = 0xffff;
/** A value that stands in the extra field for large files. */
const ELSEWHERE = 0xffffffff;
const STORED = 0;
const DEFLATED = 8;
/** deflate never makes more of a byte. */
const MAX_RATIO = 1032;
const checkedAtOnce = 2 ** 26;

/** One entry, not unpacked yet. */
export interface ZipFileEntry {
  readonly name: string;
  /** 0: stored as it is, 8: deflated. */
  readonly method: number;
  readonly crc: number;
  /** Bytes when unpacked, as the file claims. */
  readonly size: number;
  /** What lies in the file. */
  readonly packed: ByteSource;
}

/** True when the bytes start as zip files do. */
export function looksLikeZip(start: Uint8Array): boolean {
  return start.length > 3 && start[0] === 0x50 && start[1] === 0x4b && (start[2] === 3 || start[2] === 5);
}

/**
 * Finds the entries of a zip file, zip64 included. `where` is for messages. Nothing is unpacked. Throws `FileFormatError`
 * when it is none, is damaged, or has entries that overlap or come twice.
 */
export function readZip(source: ByteSource, where: string): Map<string, ZipFileEntry> {
  try {
    return new ZipReader(source, where).entries();
  } catch (error) {
    if (error instanceof RangeError) throw damaged(where, "a damaged one");
    throw error;
  }
}

/** The entry's bytes: those of the file when it is stored as it is. Throws `FileFormatError` on damage. */
export function unpack({ name, method, crc, size, packed }: ZipFileEntry, where: string): ByteSource {
  if (method === STORED) return packed;
  if (method !== DEFLATED || size > packed.size * MAX_RATIO)
    throw damaged(where, `an entry (${name}) of unknown packing`);
  let content: Uint8Array;
  try {
    content = inflateRawSync(packed.bytes(0, packed.size), { maxOutputLength: Math.max(1, size) });
  } catch (cause) {
    throw damaged(where, `an entry (${name}) that cannot be unpacked`, cause);
  }
  if (content.length !== size || crc32(content) !== crc) throw damaged(where, `an entry (${name}) with other contents`);
  return new MemorySource(content);
}

/**
 * Compares the contents with their checksum, for readers that hand a file on to others. Throws `FileFormatError` on damage.
 * PyTorch leaves out checksums when asked to (`set_crc32_options`): 0 is none.
 */
export function verify(entry: ZipFileEntry, where: string): void {
  const content = unpack(entry, where);
  if (entry.method !== STORED) return; // unpacking has looked at it
  let sum = 0;
  for (let at = 0; at < content.size; at += checkedAtOnce) {
    sum = crc32(content.bytes(at, Math.min(checkedAtOnce, content.size - at)), sum);
  }
  if (entry.crc !== 0 && sum !== entry.crc) throw damaged(where, `an entry (${entry.name}) with other contents`);
}

/** Where the directory lies. */
interface Place {
  readonly at: number;
  readonly size: number;
  readonly count: number;
}

class ZipReader {
  constructor(
    private readonly source: ByteSource,
    private readonly where: string,
  ) {}

  entries(): Map<string, ZipFileEntry> {
    const { at, size, count } = this.#place();
    const directory = this.#take(at, size);
    const entries = new Map<string, ZipFileEntry>();
    const places: { start: number; end: number }[] = [];
    for (let next = 0, left = count; left > 0; left--) {
      const found = this.#entry(directory, next);
      const { entry, start } = found;
      if (entries.has(entry.name)) throw damaged(this.where, `one with ${JSON.stringify(entry.name)} twice`);
      entries.set(entry.name, entry);
      places.push({ start, end: start + entry.packed.size });
      next = found.next;
    }
    places.sort((a, b) => a.start - b.start);
    if (places.some(({ start }, i) => i > 0 && start < (places[i - 1]?.end ?? 0))) {
      throw damaged(this.where, "one whose entries overlap");
    }
    return entries;
  }

  /** A view of some bytes. Throws when the file ends before them. */
  #take(at: number, length: number): DataView {
    if (at < 0 || at + length > this.source.size) throw damaged(this.where, "one that ends too early");
    const { buffer, byteOffset, byteLength } = this.source.bytes(at, length);
    return new DataView(buffer, byteOffset, byteLength);
  }

  #place(): Place {
    const from = Math.max(0, this.source.size - END_SIZE - MAX_COMMENT - LOCATOR_SIZE);
    const tail = this.#take(from, this.source.size - from);
    const end = this.#findEnd(tail);
    const locator = end - LOCATOR_SIZE;
    if (locator < 0 || tail.getUint32(locator, true) !== LOCATOR64) {
      const [size, at] = [tail.getUint32(end + 12, true), tail.getUint32(end + 16, true)];
      return { at, size, count: tail.getUint16(end + 10, true) };
    }
    const end64 = this.#take(wide(tail, locator + 8), END64_SIZE);
    if (end64.getUint32(0, true) !== END64) throw damaged(this.where, "a damaged one");
    return { count: wide(end64, 32), size: wide(end64, 40), at: wide(end64, 48) };
  }

  #findEnd(tail: DataView): number {
    for (let at = tail.byteLength - END_SIZE; at >= 0; at--) if (tail.getUint32(at, true) === END) return at;
    throw damaged(this.where, "one that ends too early");
  }

  #entry(directory: DataView, at: number): { entry: ZipFileEntry; start: number; next: number } {
    if (directory.getUint32(at, true) !== CENTRAL) throw damaged(this.where, "a damaged one");
    const nameEnd = at + 46 + directory.getUint16(at + 28, true);
    const extraEnd = nameEnd + directory.getUint16(at + 30, true);
    const name = nameOf(directory, at + 46, nameEnd);
    const narrow = [24, 20, 42].map((field) => directory.getUint32(at + field, true)); // size, packed size, place
    const [size = 0, packedSize = 0, local = 0] = widened(directory, narrow, nameEnd, extraEnd);
    if (directory.getUint16(at + 8, true) & 1) throw damaged(this.where, `an encrypted entry (${name})`);
    const header = this.#take(local, LOCAL_SIZE);
    if (header.getUint32(0, true) !== LOCAL) throw damaged(this.where, "a damaged one");
    const start = local + LOCAL_SIZE + header.getUint16(26, true) + header.getUint16(28, true);
    const method = directory.getUint16(at + 10, true);
    if (start + packedSize > this.source.size) throw damaged(this.where, "one that ends too early");
    if (method === STORED && size !== packedSize) throw damaged(this.where, `an entry (${name}) of two sizes`);
    const packed = this.source.part(start, packedSize);
    const entry = { name, method, crc: directory.getUint32(at + 16, true), size, packed };
    return { entry, start, next: extraEnd + directory.getUint16(at + 32, true) };
  }
}

function nameOf({ buffer, byteOffset }: DataView, from: number, to: number): string {
  return new TextDecoder().decode(new Uint8Array(buffer, byteOffset + from, to - from));
}

/** The fields, those of large files from the extra field. */
function widened(directory: DataView, fields: number[], from: number, to: number): number[] {
  if (!fields.includes(ELSEWHERE)) return fields;
  let at = from;
  while (at + 4 <= to && directory.getUint16(at, true) !== 1) at += 4 + directory.getUint16(at + 2, true);
  if (at + 4 > to) return fields;
  at += 4;
  return fields.map((value) => {
    if (value !== ELSEWHERE) return value;
    at += 8;
    return wide(directory, at - 8);
  });
}

/** A number of 64 bits; too large ones end beyond any file. */
function wide(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function damaged(where: string, got: string, cause?: unknown): FileFormatError {
  return new FileFormatError(`${where}: expected a zip file, got ${got}. The file is damaged or incomplete.`, {
    cause,
  });
}
