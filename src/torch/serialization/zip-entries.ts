/** The entries of a zip file, as views of its bytes. */
import { crc32, inflateRawSync } from "node:zlib";
import { FileFormatError } from "../errors.js";

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_SIZE = 22;
const LOCATOR_SIZE = 20;
/** A comment after the directory may be this long. */
const MAX_COMMENT = 0xffff;
/** A value that stands in the extra field for large files. */
const ELSEWHERE = 0xffffffff;
const STORED = 0;
const DEFLATED = 8;
/** deflate never makes more of a byte. */
const MAX_RATIO = 1032;

/** One entry, not unpacked yet. */
export interface ZipFileEntry {
  readonly name: string;
  /** 0: stored as it is, 8: deflated. */
  readonly method: number;
  readonly crc: number;
  /** Bytes when unpacked, as the file claims. */
  readonly size: number;
  /** What lies in the file. */
  readonly packed: Uint8Array;
}

/** True when the bytes start as zip files do. */
export function looksLikeZip(bytes: Uint8Array): boolean {
  return bytes.length > 3 && bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5);
}

/**
 * Finds the entries of a zip file, zip64 included. `where` is for messages. Nothing is unpacked. Throws `FileFormatError`
 * when it is none, is damaged, or has entries that overlap or come twice.
 */
export function readZip(bytes: Uint8Array, where: string): Map<string, ZipFileEntry> {
  try {
    const directory = new Directory(bytes, where);
    return directory.entries();
  } catch (error) {
    if (error instanceof RangeError) throw damaged(where, "a damaged one");
    throw error;
  }
}

/** The entry's bytes: a view of the file when it is stored as it is. Throws `FileFormatError` on damage. */
export function unpack({ name, method, crc, size, packed }: ZipFileEntry, where: string): Uint8Array {
  if (method === STORED) return packed;
  if (method !== DEFLATED || size > packed.length * MAX_RATIO)
    throw damaged(where, `an entry (${name}) of unknown packing`);
  let content: Uint8Array;
  try {
    content = inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch (cause) {
    throw damaged(where, `an entry (${name}) that cannot be unpacked`, cause);
  }
  if (content.length !== size || crc32(content) !== crc) throw damaged(where, `an entry (${name}) with other contents`);
  return content;
}

class Directory {
  readonly #view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly where: string,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  entries(): Map<string, ZipFileEntry> {
    let { at, count } = this.#start();
    const entries = new Map<string, ZipFileEntry>();
    const places: { start: number; end: number }[] = [];
    for (; count > 0; count--) {
      const { entry, start, next } = this.#entry(at);
      if (entries.has(entry.name)) throw damaged(this.where, `one with ${JSON.stringify(entry.name)} twice`);
      entries.set(entry.name, entry);
      places.push({ start, end: start + entry.packed.length });
      at = next;
    }
    places.sort((a, b) => a.start - b.start);
    if (places.some(({ start }, i) => i > 0 && start < (places[i - 1]?.end ?? 0))) {
      throw damaged(this.where, "one whose entries overlap");
    }
    return entries;
  }

  /** Where the directory starts, and how many entries it has. */
  #start(): { at: number; count: number } {
    const view = this.#view;
    const end = this.#findEnd();
    const at = view.getUint32(end + 16, true);
    const count = view.getUint16(end + 10, true);
    const locator = end - LOCATOR_SIZE;
    if (locator < 0 || view.getUint32(locator, true) !== LOCATOR64) return { at, count };
    const end64 = this.#wide(locator + 8);
    if (view.getUint32(end64, true) !== END64) throw damaged(this.where, "a damaged one");
    return { at: this.#wide(end64 + 48), count: this.#wide(end64 + 32) };
  }

  #findEnd(): number {
    const view = this.#view;
    const first = Math.max(0, view.byteLength - END_SIZE - MAX_COMMENT);
    for (let at = view.byteLength - END_SIZE; at >= first; at--) if (view.getUint32(at, true) === END) return at;
    throw damaged(this.where, "one that ends too early");
  }

  #entry(at: number): { entry: ZipFileEntry; start: number; next: number } {
    const view = this.#view;
    if (view.getUint32(at, true) !== CENTRAL) throw damaged(this.where, "a damaged one");
    const nameEnd = at + 46 + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const name = new TextDecoder().decode(this.bytes.subarray(at + 46, nameEnd));
    const narrow = [24, 20, 42].map((field) => view.getUint32(at + field, true)); // size, packed size, place
    const [size = 0, packedSize = 0, local = 0] = this.#widened(narrow, nameEnd, extraEnd);
    if (view.getUint16(at + 8, true) & 1) throw damaged(this.where, `an encrypted entry (${name})`);
    if (view.getUint32(local, true) !== LOCAL) throw damaged(this.where, "a damaged one");
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const method = view.getUint16(at + 10, true);
    if (start + packedSize > this.bytes.length) throw damaged(this.where, "one that ends too early");
    if (method === STORED && size !== packedSize) throw damaged(this.where, `an entry (${name}) of two sizes`);
    const packed = this.bytes.subarray(start, start + packedSize);
    const entry = { name, method, crc: view.getUint32(at + 16, true), size, packed };
    return { entry, start, next: extraEnd + view.getUint16(at + 32, true) };
  }

  /** The fields, those of large files from the extra field. */
  #widened(fields: number[], from: number, to: number): number[] {
    if (!fields.includes(ELSEWHERE)) return fields;
    let at = from;
    while (at + 4 <= to && this.#view.getUint16(at, true) !== 1) at += 4 + this.#view.getUint16(at + 2, true);
    if (at + 4 > to) return fields;
    at += 4;
    return fields.map((value) => {
      if (value !== ELSEWHERE) return value;
      at += 8;
      return this.#wide(at - 8);
    });
  }

  #wide(at: number): number {
    const value = this.#view.getBigUint64(at, true);
    if (value > BigInt(this.bytes.length)) throw damaged(this.where, "one that ends too early");
    return Number(value);
  }
}

function damaged(where: string, got: string, cause?: unknown): FileFormatError {
  return new FileFormatError(`${where}: expected a zip file, got ${got}. The file is damaged or incomplete.`, {
    cause,
  });
}
