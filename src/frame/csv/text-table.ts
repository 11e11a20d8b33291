/** The distinct texts of a column, found again by their bytes. */

/** What stands for a missing cell. */
export const MISSING = -1;

/** Texts that a table has room for at first: files may have thousands of columns. */
const FIRST_SIZE = 16;

/**
 * Numbers for texts: a table with open addressing over the bytes of a file. Only the first of equal fields becomes a
 * string.
 */
export class TextTable {
  readonly labels: string[] = [];
  /** What the table knows: hash, place and end of the bytes, and the code that stands for them. */
  #hashes = new Int32Array(FIRST_SIZE);
  #starts = new Int32Array(FIRST_SIZE);
  #ends = new Int32Array(FIRST_SIZE);
  #codes = new Int32Array(FIRST_SIZE);
  #count = 0;
  /** For each slot the number of what is known there plus one; 0 when it is free. */
  #slots = new Int32Array(4 * FIRST_SIZE);
  /** Codes by text, once fields that are written with quotes make it necessary. */
  #byText: Map<string, number> | null = null;

  constructor(
    readonly bytes: Buffer,
    readonly missing: ReadonlySet<string>,
  ) {}

  /** The code of the text between two places, which has this hash. */
  codeOfBytes(hash: number, start: number, end: number): number {
    const slots = this.#slots;
    const hashes = this.#hashes;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const known = (slots[slot] as number) - 1;
      if (known < 0) return this.#add(slot, hash, start, end);
      if (hashes[known] === hash && this.#same(known, start, end)) return this.#codes[known] as number;
    }
  }

  #same(known: number, start: number, end: number): boolean {
    const { bytes } = this;
    const from = this.#starts[known] as number;
    if ((this.#ends[known] as number) - from !== end - start) return false;
    for (let i = start, j = from; i < end; i++, j++) if (bytes[i] !== bytes[j]) return false;
    return true;
  }

  #add(slot: number, hash: number, start: number, end: number): number {
    const code = this.codeOfText(this.bytes.toString("utf8", start, end), { first: true });
    if (this.#count === this.#hashes.length) this.#growKnown();
    const known = this.#count++;
    this.#hashes[known] = hash;
    this.#starts[known] = start;
    this.#ends[known] = end;
    this.#codes[known] = code;
    this.#slots[slot] = known + 1;
    if (this.#count * 2 > this.#slots.length) this.#growSlots();
    return code;
  }

  /** The code of a text that is not there as bytes, or (`first`) whose bytes were never met. */
  codeOfText(text: string, { first = false }: { first?: boolean } = {}): number {
    if (!first) this.#byText ??= new Map(this.labels.map((label, code) => [label, code]));
    const found = this.#byText?.get(text);
    if (found !== undefined) return found;
    if (this.missing.has(text)) return MISSING;
    const code = this.labels.push(text) - 1;
    this.#byText?.set(text, code);
    return code;
  }

  #growKnown(): void {
    const doubled = (values: Int32Array) => {
      const bigger = new Int32Array(values.length * 2);
      bigger.set(values);
      return bigger;
    };
    this.#hashes = doubled(this.#hashes);
    this.#starts = doubled(this.#starts);
    this.#ends = doubled(this.#ends);
    this.#codes = doubled(this.#codes);
  }

  #growSlots(): void {
    const slots = new Int32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    for (let known = 0; known < this.#count; known++) {
      let slot = (this.#hashes[known] as number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = known + 1;
    }
    this.#slots = slots;
  }
}
