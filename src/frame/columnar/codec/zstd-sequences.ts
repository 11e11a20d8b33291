/** The sequences of a block of Zstandard: literals, and what is copied behind them. Source: RFC 8878, section 3.1.1.3.2. */
import { BackwardBits, broken } from "./zstd-bits.js";
import { oneState, readStateTable, type StateTable, stateTable } from "./zstd-tables.js";

/** What codes of lengths stand for: their first length, and how many bits are added to it. */
function lengthCodes(least: number, count: number, widths: readonly number[]): { base: Int32Array; bits: Uint8Array } {
  const bits = Uint8Array.from([...new Array<number>(count).fill(0), ...widths]); // first those that stand for themselves
  const base = new Int32Array(bits.length);
  let next = least;
  bits.forEach((width, code) => {
    base[code] = next;
    next += 1 << width;
  });
  return { base, bits };
}

const wide = [7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
const literalLengths = lengthCodes(0, 16, [1, 1, 1, 1, 2, 2, 3, 3, 4, 6, ...wide]);
const matchLengths = lengthCodes(3, 32, [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, ...wide]);

const ones = (count: number) => new Array<number>(count).fill(1);
const rare = (count: number) => new Array<number>(count).fill(-1);
const twos = (count: number) => new Array<number>(count).fill(2);

/** The three tables of a block, in the order in which they lie there: their limits, and what they are by default. */
const kinds = [
  {
    symbol: 35,
    log: 9,
    usual: stateTable([4, 3, ...twos(11), ...ones(3), ...twos(9), 3, 2, ...ones(5), ...rare(4)], 6),
  },
  { symbol: 31, log: 8, usual: stateTable([...ones(6), ...twos(3), ...ones(15), ...rare(5)], 5) },
  { symbol: 52, log: 9, usual: stateTable([1, 4, 3, ...twos(6), ...ones(37), ...rare(7)], 6) },
];

/** What is decompressed, and what a block leaves for the next one. */
export interface Output {
  readonly bytes: Uint8Array;
  /** Where the next byte goes. */
  at: number;
  /** Where the frame begins: nothing before is copied. */
  start: number;
  tables: (StateTable | null)[];
  /** The last three distances, the latest first. */
  distances: number[];
}

/** Writes what the sequences between `start` and `end` make of the literals. Throws `FileFormatError` on others. */
export function runSequences(view: DataView, start: number, end: number, literals: Uint8Array, out: Output): void {
  const first = start < end ? view.getUint8(start) : 0;
  const [second, third] = [view.getUint8(start + 1), view.getUint8(start + 2)];
  const count = first < 128 ? first : first < 255 ? ((first - 128) << 8) + second : second + (third << 8) + 0x7f00;
  let used = 0;
  if (count > 0) {
    const behind = start + (first < 128 ? 1 : first < 255 ? 2 : 3);
    const from = readTables(view, behind, out);
    used = copySequences(new BackwardBits(view, from, end), count, literals, out);
  }
  const rest = literals.subarray(used);
  if (out.at + rest.length > out.bytes.length) throw broken("more than was said");
  out.bytes.set(rest, out.at);
  out.at += rest.length;
}

function readTables(view: DataView, start: number, out: Output): number {
  const modes = view.getUint8(start);
  let at = start + 1;
  out.tables = kinds.map((kind, i) => {
    const mode = (modes >> (6 - 2 * i)) & 3;
    if (mode === 0) return kind.usual;
    if (mode === 3) return out.tables[i] ?? null;
    if (mode === 1) {
      const symbol = view.getUint8(at++);
      if (symbol > kind.symbol) throw broken(`the symbol ${symbol}`);
      return oneState(symbol);
    }
    const { table, end } = readStateTable(view, at, kind);
    at = end;
    return table;
  });
  return at;
}

/** Returns how many literals it takes. */
function copySequences(from: BackwardBits, count: number, literals: Uint8Array, out: Output): number {
  const [lengths, distances, matches] = out.tables;
  if (!lengths || !distances || !matches) throw broken("sequences without tables");
  let length = from.take(lengths.log);
  let distance = from.take(distances.log);
  let match = from.take(matches.log);
  let used = 0;
  for (let left = count; left > 0; left--) {
    // Every state is within its table, and every symbol has a length. The order of what is taken is that of the format.
    const value = takeDistance(from, distances.symbols[distance] as number);
    const matchCode = matches.symbols[match] as number;
    const copied = (matchLengths.base[matchCode] as number) + from.take(matchLengths.bits[matchCode] as number);
    const code = lengths.symbols[length] as number;
    const plain = (literalLengths.base[code] as number) + from.take(literalLengths.bits[code] as number);
    if (left > 1) {
      length = (lengths.base[length] as number) + from.take(lengths.bits[length] as number);
      match = (matches.base[match] as number) + from.take(matches.bits[match] as number);
      distance = (distances.base[distance] as number) + from.take(distances.bits[distance] as number);
    }
    const back = lastDistance(out.distances, value, plain === 0);
    if (from.left < 0 || used + plain > literals.length) throw broken("the end of a block");
    if (out.at + plain + copied > out.bytes.length) throw broken("more than was said");
    if (back === 0 || back > out.at + plain - out.start) throw broken(`a distance of ${back}`);
    copyLiterals(literals, used, plain, out);
    copyBack(out, back, copied);
    used += plain;
  }
  if (from.left !== 0) throw broken("sequences that do not end with their bytes");
  return used;
}

function takeDistance(from: BackwardBits, code: number): number {
  if (code <= 24) return (1 << code) + from.take(code);
  if (code > 30) throw broken("a distance beyond all data");
  const high = from.take(code - 16);
  return (1 << code) + (high << 16) + from.take(16);
}

/** Values up to three stand for distances that were used before, which move to the front. */
function lastDistance(last: number[], value: number, noLiterals: boolean): number {
  const [a = 0, b = 0, c = 0] = last;
  const which = value > 3 ? 4 : value + (noLiterals ? 1 : 0);
  if (which === 1) return a;
  const back = value > 3 ? value - 3 : which === 2 ? b : which === 3 ? c : a - 1;
  if (which > 2) last[2] = b;
  last[1] = a;
  last[0] = back;
  return back;
}

function copyLiterals(literals: Uint8Array, from: number, count: number, out: Output): void {
  const { bytes, at } = out;
  if (count > 32) bytes.set(literals.subarray(from, from + count), at);
  else for (let i = 0; i < count; i++) bytes[at + i] = literals[from + i] as number;
  out.at = at + count;
}

function copyBack(out: Output, back: number, count: number): void {
  const { bytes, at } = out;
  const end = at + count;
  if (count > 32 && back >= count) bytes.copyWithin(at, at - back, end - back);
  else for (let i = at; i < end; i++) bytes[i] = bytes[i - back] as number; // may overlap what it writes
  out.at = end;
}
