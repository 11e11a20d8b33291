/** Bits of Zstandard's data: those of tables lie from the front on, all others from the end on. Source: RFC 8878, 4.1. */
import { unexpected } from "../unexpected.js";

/** What is wrong with data that is none. */
export const broken = (what: string) => unexpected("compressed data (zstd)", what);

/**
 * Zero bytes that all bytes must have around them: words are read whole, and what runs over an end is found out after at
 * most 128 bits.
 */
export const PADDING = 16;

/** Bits that are read from the front. */
export class ForwardBits {
  #at: number;

  constructor(
    readonly view: DataView,
    start: number,
  ) {
    this.#at = start * 8;
  }

  peek(count: number): number {
    return (this.view.getUint32(this.#at >>> 3, true) >>> (this.#at & 7)) & ((1 << count) - 1);
  }
  take(count: number): number {
    const value = this.peek(count);
    this.#at += count;
    return value;
  }
  /** The first byte that is not touched. */
  get end(): number {
    return (this.#at + 7) >>> 3;
  }
}

/** Bits that are read from the end, where the highest one of the last byte is a mark. */
export class BackwardBits {
  /** Where the next bits end, in bits from the beginning of all bytes. */
  at: number;
  readonly #first: number;

  constructor(
    readonly view: DataView,
    start: number,
    end: number,
  ) {
    const mark = end > start ? view.getUint8(end - 1) : 0;
    if (mark === 0) throw broken("bits without an end");
    this.at = (end - 1) * 8 + 31 - Math.clz32(mark);
    this.#first = start * 8;
  }

  /** The next bits, 25 at most. */
  take(count: number): number {
    this.at -= count;
    return (this.view.getUint32(this.at >>> 3, true) >>> (this.at & 7)) & ((1 << count) - 1);
  }
  /** How many are left; less than none when too many were taken. */
  get left(): number {
    return this.at - this.#first;
  }
}
