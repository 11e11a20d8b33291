/** LZ4: the frames in which Feather files are compressed, and the blocks of Parquet files. */
import type { FileFormatError } from "../../../torch/index.js";
import { unexpected } from "../unexpected.js";

const MAGIC = 0x184d2204;
/** What a byte stands for at most: its value is added to the length of a copy. */
const MOST_EACH = 255;

function damaged(): FileFormatError {
  return unexpected("compressed data (LZ4)", "other bytes");
}

function room(bytes: Uint8Array, size: number): Uint8Array {
  if (!(size >= 0 && size <= MOST_EACH * bytes.length)) {
    throw unexpected("compressed data (LZ4)", `${bytes.length} bytes for ${size}`);
  }
  return new Uint8Array(size);
}

/** Bytes that are read from the front. */
class Cursor {
  at = 0;
  readonly #view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw damaged();
    return value;
  }
  word(): number {
    if (this.at + 4 > this.bytes.length) throw damaged();
    this.at += 4;
    return this.#view.getUint32(this.at - 4, true);
  }
  take(count: number): Uint8Array {
    if (this.at + count > this.bytes.length) throw damaged();
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }
  /** A length that goes on as long as its bytes are full. */
  length(nibble: number): number {
    let length = nibble;
    if (nibble < 15) return length;
    for (let more = 255; more === 255; ) {
      more = this.byte();
      length += more;
    }
    return length;
  }
}

/** The bytes of a frame, of which `size` are expected. Checksums are not looked at. Throws `FileFormatError` on others. */
export function lz4Frame(bytes: Uint8Array, size: number): Uint8Array {
  const from = new Cursor(bytes);
  if (from.word() !== MAGIC) throw damaged();
  const flags = from.byte();
  from.take(1 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0) + 1); // block size, content size, dictionary, header checksum
  const out = room(bytes, size);
  let at = 0;
  for (let block = from.word(); block !== 0; block = from.word()) {
    const content = from.take(block & 0x7fffffff);
    if (flags & 16) from.take(4);
    if (block >>> 31 === 0) at = lz4Block(new Cursor(content), out, at);
    else {
      if (at + content.length > size) throw damaged();
      out.set(content, at);
      at += content.length;
    }
  }
  if (at !== size) throw damaged();
  return out;
}

/** The bytes of a single block, of which `size` are expected. Throws `FileFormatError` on others. */
export function lz4Raw(bytes: Uint8Array, size: number): Uint8Array {
  const out = room(bytes, size);
  if (lz4Block(new Cursor(bytes), out, 0) !== size) throw damaged();
  return out;
}

/**
 * The bytes of the blocks that Hadoop writes, each behind its sizes, or of a single block as older programs wrote it under
 * the same name; `size` are expected. Throws `FileFormatError` on others.
 */
export function lz4Hadoop(bytes: Uint8Array, size: number): Uint8Array {
  const blocks = hadoopBlocks(bytes, size);
  if (!blocks) return lz4Raw(bytes, size);
  const out = room(bytes, size);
  let at = 0;
  for (const block of blocks) at = lz4Block(new Cursor(block), out, at);
  if (at !== size) throw damaged();
  return out;
}

/** The blocks behind their sizes; null when these do not add up, and the bytes are no such blocks. */
function hadoopBlocks(bytes: Uint8Array, size: number): Uint8Array[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: Uint8Array[] = [];
  let made = 0;
  let at = 0;
  while (at + 8 <= bytes.length) {
    const length = view.getUint32(at + 4);
    made += view.getUint32(at);
    blocks.push(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return at === bytes.length && made === size ? blocks : null;
}

/** Writes a block behind what is there, which it may refer to; returns the end. */
function lz4Block(from: Cursor, out: Uint8Array, start: number): number {
  let at = start;
  while (from.at < from.bytes.length) {
    const token = from.byte();
    const literals = from.take(from.length(token >> 4));
    if (at + literals.length > out.length) throw damaged();
    out.set(literals, at);
    at += literals.length;
    if (from.at === from.bytes.length) break; // the last sequence has no match
    const back = from.byte() + 256 * from.byte();
    const end = at + from.length(token & 15) + 4;
    if (back === 0 || back > at || end > out.length) throw damaged();
    for (; at < end; at++) out[at] = out[at - back] as number; // may overlap what it writes
  }
  return at;
}
