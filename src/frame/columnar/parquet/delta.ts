/**
 * Differences: the form of integers, and of the lengths of texts. Source: the Parquet format, "Delta encoding".
 *
 * The library goes back or stays where it is when the sizes of blocks are not those that they can be.
 */
import type { Growth } from "../growth.js";
import { unexpected } from "../unexpected.js";

/** Bytes that are read from the front. */
class Cursor {
  constructor(
    readonly bytes: Uint8Array,
    public at: number,
  ) {}

  byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw unexpected("differences of values", "the end of a page");
    return value;
  }
  /** Seven bits a byte; a difference of 32 bits takes 33. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128 && value < 2 ** 33) return value;
    }
    throw unexpected("a number of 33 bits", "a longer one");
  }
  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  /** Checks the head of differences: how many blocks there are in one, and how many values in each of these. */
  blocks(): { inner: number; values: number } {
    const [size, inner] = [this.varint(), this.varint()];
    const values = size / inner;
    if (inner > 0 && inner <= this.bytes.length && size < 2 ** 31 && values > 0 && values % 8 === 0)
      return { inner, values };
    throw unexpected("blocks of differences", `${inner} in ${size} values`);
  }
}

/** Checks that differences begin there. Throws `FileFormatError`. */
export function checkDelta(bytes: Uint8Array, start: number): void {
  new Cursor(bytes, start).blocks();
}

/**
 * Checks texts of which each begins like the one before: that it does not take more from that than it has, and that all
 * together are not too long. Throws `FileFormatError`.
 */
export function checkDeltaTexts(bytes: Uint8Array, start: number, count: number, growth: Growth): void {
  const from = new Cursor(bytes, start);
  const prefixes = readDelta(from, count);
  const suffixes = readDelta(from, count);
  let last = 0;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const [prefix = 0, suffix = 0] = [prefixes[i], suffixes[i]];
    if (prefix < 0 || prefix > last || suffix < 0) {
      throw unexpected(`a text that begins like one of ${last} bytes`, `${prefix} and ${suffix} bytes`);
    }
    last = prefix + suffix;
    sum += last;
  }
  growth.take("texts", sum);
}

/** Integers of 32 bits, read as the library reads them. */
function readDelta(from: Cursor, count: number): Int32Array {
  const { inner, values } = from.blocks();
  const out = new Int32Array(count);
  from.varint(); // how many there are, which the page has said
  let value = from.zigzag();
  let made = 0;
  if (count > 0) out[made++] = value;
  while (made < count) {
    const least = from.zigzag();
    const widths = Array.from({ length: inner }, () => from.byte());
    for (const width of widths) {
      if (made === count) break;
      if (width > 32) throw unexpected("differences of up to 32 bits", `${width} bits`);
      const end = from.at + (values * width) / 8;
      const here = Math.min(count, made + values);
      for (let bit = 0; made < here; bit += width) {
        value = (value + least + bitsAt(from.bytes, from.at, bit, width)) | 0;
        out[made++] = value;
      }
      from.at = end;
    }
  }
  return out;
}

function bitsAt(bytes: Uint8Array, start: number, bit: number, width: number): number {
  let value = 0;
  for (let read = 0; read < width; ) {
    const [byte, offset] = [bytes[start + ((bit + read) >> 3)], (bit + read) & 7];
    if (byte === undefined) throw unexpected("differences of values", "the end of a page");
    const taken = Math.min(8 - offset, width - read);
    value += ((byte >> offset) & ((1 << taken) - 1)) * 2 ** read;
    read += taken;
  }
  return value;
}
