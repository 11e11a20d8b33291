/**
 * Runs: the form of levels and of references to a dictionary. Source: the Parquet format, "RLE / Bit-packing Hybrid".
 *
 * The library writes as many values as a run says, also behind those that it was asked for, until V8 ends the process.
 */
import { unexpected } from "../unexpected.js";

/** A number of seven bits a byte that ends before `end`, and where. */
function varint(bytes: Uint8Array, start: number, end: number): { value: number; next: number } {
  let value = 0;
  for (let at = start; at < Math.min(end, start + 5); at++) {
    const byte = bytes[at] as number; // before the end
    value += (byte & 127) * 2 ** (7 * (at - start));
    if (byte < 128 && value < 2 ** 31) return { value, next: at + 1 };
  }
  throw unexpected("a number of 31 bits", "another one");
}

/**
 * Checks that runs of `count` values of `width` bits lie in front of `end`. Returns how many of them are 1, which is of use
 * for values of a single bit. Throws `FileFormatError`.
 */
export function checkRuns(bytes: Uint8Array, start: number, end: number, width: number, count: number): number {
  if (width > 32) throw unexpected("values of up to 32 bits", `${width} bits`);
  let ones = 0;
  let at = start;
  for (let left = count; left > 0; ) {
    const { value, next } = varint(bytes, at, end);
    const isPacked = value % 2 === 1;
    const length = isPacked ? 8 * (value >> 1) : value >> 1;
    // Packed values come by eight; those of no bits must be the last, as the library takes a byte for them.
    const fits = isPacked ? length > 0 && (width > 0 || (length >= left && length < left + 8)) : length <= left;
    const size = isPacked ? (length / 8) * width : (width + 7) >> 3;
    if (!fits || next + size > end)
      throw unexpected(`runs of ${left} values in ${end - next} bytes`, `one of ${length}`);
    const used = Math.min(length, left);
    if (isPacked) ones += width === 1 ? onesOf(bytes, next, used) : 0;
    else ones += bytes[next] === 1 ? used : 0;
    left -= used;
    at = next + size;
  }
  return ones;
}

/** How many of the bits are 1. */
function onesOf(bytes: Uint8Array, start: number, bits: number): number {
  let sum = 0;
  for (let i = 0; i < bits; i += 8) {
    const byte = (bytes[start + i / 8] as number) & (bits - i < 8 ? (1 << (bits - i)) - 1 : 255);
    const pairs = byte - ((byte >> 1) & 0x55);
    const fours = (pairs & 0x33) + ((pairs >> 2) & 0x33);
    sum += (fours + (fours >> 4)) & 15;
  }
  return sum;
}
