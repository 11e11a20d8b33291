/** Portable bitmaps, grey maps and pixel maps (PBM, PGM, PPM), as text and as bytes. */
import { unpackRows } from "./packed-rows.js";
import { bytesAt, checkSize, type StoredImage } from "./stored-image.js";

const space = new Set([9, 10, 11, 12, 13, 32]);
const hash = 0x23;

/** Reads words between white space; `#` begins a comment up to the end of its line. */
class Words {
  constructor(
    readonly bytes: Uint8Array,
    public at: number,
  ) {}

  #skip(): void {
    for (let comment = false; this.at < this.bytes.length; this.at++) {
      const byte = this.bytes[this.at] ?? 0;
      if (byte === hash) comment = true;
      else if (comment) comment = byte !== 10 && byte !== 13;
      else if (!space.has(byte)) return;
    }
  }

  /** The next whole number, up to `top`; of `digits` digits at most. */
  number(top: number, digits = 10): number {
    this.#skip();
    let value = 0;
    let read = 0;
    for (let digit = this.#digit(); digit >= 0 && read < digits; digit = this.#digit()) {
      value = value * 10 + digit;
      this.at++;
      read++;
    }
    if (read > 0 && value <= top) return value;
    throw new Error(`expected a number up to ${top} at byte ${this.at}, got ${read > 0 ? value : "none"}`);
  }

  #digit(): number {
    const byte = this.bytes[this.at] ?? 0;
    return byte >= 48 && byte <= 57 ? byte - 48 : -1;
  }
}

/** Reads P1 to P6. Bits are 1 for white. Throws an `Error` for damaged files. */
export function readPnm(bytes: Uint8Array): StoredImage {
  const kind = (bytes[1] ?? 0) - 48;
  if (kind < 1 || kind > 6) throw new Error("of this family only P1 to P6 are read");
  const words = new Words(bytes, 2);
  const [width, height] = [words.number(2 ** 31), words.number(2 ** 31)];
  checkSize(width, height);
  const bits = kind % 3 === 1;
  const white = bits ? 1 : words.number(65535);
  if (white === 0) throw new Error("its white is said to be 0");
  const channels = kind % 3 === 0 ? 3 : 1;
  const count = width * channels;
  const read = kind > 3 ? stored : written;
  const data = read(words, { count, height, white, bits });
  return { width, height, channels, data: bits ? data.map((bit) => 1 - bit) : data, white };
}

interface Layout {
  readonly count: number;
  readonly height: number;
  readonly white: number;
  readonly bits: boolean;
}

/** Samples as bytes, one white space after the header. */
function stored({ bytes, at }: Words, { count, height, white, bits }: Layout): Uint8Array | Uint16Array {
  const depth = bits ? 1 : white > 255 ? 16 : 8;
  const rowBytes = Math.ceil((count * depth) / 8);
  return unpackRows(bytesAt(bytes, at + 1, rowBytes * height), { count, height, depth, rowBytes });
}

/** Samples as decimal numbers; bits need no space between them. */
function written(words: Words, { count, height, white, bits }: Layout): Uint8Array | Uint16Array {
  const total = count * height;
  if (total > words.bytes.length) throw new Error(`${words.bytes.length} bytes are too few for ${total} numbers`);
  const out = white > 255 ? new Uint16Array(total) : new Uint8Array(total);
  for (let i = 0; i < total; i++) out[i] = words.number(white, bits ? 1 : 10);
  return out;
}
