/** The tables by which Zstandard decodes: finite states and prefix codes. Source: RFC 8878, sections 4.1 and 4.2. */
import { BackwardBits, broken, ForwardBits } from "./zstd-bits.js";

/** States of a decoder: which symbol each stands for, and how the next one follows from some more bits. */
export interface StateTable {
  /** The table has 2^log states. */
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly base: Uint16Array;
}

/** A table out of how often each symbol is there, in states; -1 means less than one. */
export function stateTable(counts: readonly number[], log: number): StateTable {
  const size = 1 << log;
  const symbols = new Uint8Array(size);
  let top = size;
  counts.forEach((count, symbol) => {
    if (count < 0) symbols[--top] = symbol;
  });
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  counts.forEach((count, symbol) => {
    for (let i = 0; i < count; i++) {
      symbols[at] = symbol;
      do at = (at + step) & (size - 1);
      while (at >= top);
    }
  });
  const next = counts.map((count) => Math.abs(count));
  const bits = new Uint8Array(size);
  const base = new Uint16Array(size);
  symbols.forEach((symbol, i) => {
    const state = next[symbol] ?? 1;
    next[symbol] = state + 1;
    const count = log - (31 - Math.clz32(state));
    bits[i] = count;
    base[i] = (state << count) - size;
  });
  return { log, symbols, bits, base };
}

/** The table of a single symbol. */
export const oneState = (symbol: number): StateTable => ({
  log: 0,
  symbols: Uint8Array.of(symbol),
  bits: new Uint8Array(1),
  base: new Uint16Array(1),
});

/** Reads a table; `most` are its greatest symbol and the log of its states. Throws `FileFormatError` on another one. */
export function readStateTable(
  view: DataView,
  start: number,
  most: { readonly symbol: number; readonly log: number },
): { table: StateTable; end: number } {
  const from = new ForwardBits(view, start);
  const log = from.take(4) + 5;
  if (log > most.log) throw broken(`a table of 2^${log} states`);
  const counts: number[] = [];
  for (let left = 1 << log; left > 0; ) {
    // A value up to left + 1: the smaller ones take one bit less.
    const width = 32 - Math.clz32(left + 1);
    const short = (1 << width) - 2 - left; // how many of them
    const half = (1 << (width - 1)) - 1;
    const low = from.peek(width) & half;
    const value = low < short ? low : from.peek(width) > half ? from.peek(width) - short : low;
    from.take(low < short ? width - 1 : width);
    const count = value - 1;
    counts.push(count);
    left -= Math.abs(count);
    if (count === 0) {
      let zeros = 3;
      while (zeros === 3 && counts.length <= most.symbol) {
        zeros = from.take(2);
        for (let i = 0; i < zeros; i++) counts.push(0);
      }
    }
    if (left < 0 || counts.length > most.symbol + 1) throw broken("a table of other symbols");
  }
  return { table: stateTable(counts, log), end: from.end };
}

/** Prefix codes of literals: by the next `log` bits, the symbol and, in the lowest four bits, how many bits it takes. */
export interface PrefixTable {
  readonly log: number;
  readonly entries: Uint16Array;
}

const MOST_PREFIX_BITS = 11;

/** Reads prefix codes. Throws `FileFormatError` on others. */
export function readPrefixTable(view: DataView, start: number): { table: PrefixTable; end: number } {
  const head = view.getUint8(start);
  const count = head - 127; // of weights of four bits; none when they are compressed
  const end = start + 1 + (count > 0 ? (count + 1) >> 1 : head);
  const nibble = (i: number) => (view.getUint8(start + 1 + (i >> 1)) >> (i & 1 ? 0 : 4)) & 15;
  const weights = count > 0 ? Array.from({ length: count }, (_, i) => nibble(i)) : readWeights(view, start + 1, end);
  return { table: prefixTable(weights), end };
}

function readWeights(view: DataView, start: number, end: number): number[] {
  const { table, end: from } = readStateTable(view, start, { symbol: 12, log: 6 });
  const { log, symbols, bits, base } = table;
  const source = new BackwardBits(view, from, end);
  let state = source.take(log);
  let other = source.take(log);
  const weights: number[] = [];
  while (source.left >= 0) {
    // States take turns. There are at most 255 weights: a table of one state takes no bits, and would go on for ever.
    if (weights.length > 255) throw broken("too many symbols");
    weights.push(symbols[state] ?? 0);
    [state, other] = [other, (base[state] ?? 0) + source.take(bits[state] ?? 0)];
  }
  weights.push(symbols[state] ?? 0);
  return weights;
}

/** Codes of so many bits less than the most as the weight is below the greatest; the last symbol's follows from the others. */
function prefixTable(weights: readonly number[]): PrefixTable {
  const sum = weights.reduce((total, weight) => total + ((1 << weight) >> 1), 0);
  const log = 32 - Math.clz32(sum);
  const last = 32 - Math.clz32((1 << log) - sum);
  const all = [...weights, last];
  if (sum === 0 || log > MOST_PREFIX_BITS || (1 << log) - sum !== 1 << (last - 1) || all.length > 256) {
    throw broken("prefix codes that do not fit together");
  }
  const entries = new Uint16Array(1 << log);
  let at = 0;
  for (let weight = 1; weight <= log; weight++) {
    all.forEach((own, symbol) => {
      if (own !== weight) return;
      const next = at + (1 << (weight - 1));
      entries.fill((symbol << 4) | (log + 1 - weight), at, next);
      at = next;
    });
  }
  return { log, entries };
}
