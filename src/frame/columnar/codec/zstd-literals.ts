/** The literals of a block of Zstandard. Source: RFC 8878, section 3.1.1.3.1. */
import { BackwardBits, broken, PADDING } from "./zstd-bits.js";
import { type PrefixTable, readPrefixTable } from "./zstd-tables.js";

/** Bytes that a block can hold, compressed or not. */
export const MOST_BLOCK = 2 ** 17;

/** What the literals of a block leave for those of the next one. */
export interface LiteralState {
  /** Where they are decoded. */
  room?: Uint8Array;
  codes: PrefixTable | null;
}

/** The literals of a block, which are good until the next ones are read, and where they end. */
interface Literals {
  readonly literals: Uint8Array;
  readonly end: number;
}

/** Reads the literals at the front of a block that ends at `end`. Throws `FileFormatError` on others. */
export function readLiterals(view: DataView, end: number, state: LiteralState): Literals {
  const kind = view.getUint8(PADDING) & 3;
  return kind < 2 ? plainLiterals(view, end, state, kind === 1) : compressedLiterals(view, end, state, kind === 3);
}

/** Room for so many, made when there are the first ones. */
function roomOf(state: LiteralState, size: number): Uint8Array {
  state.room ??= new Uint8Array(MOST_BLOCK);
  return state.room.subarray(0, size);
}

function plainLiterals(view: DataView, end: number, state: LiteralState, isRun: boolean): Literals {
  const head = view.getUint32(PADDING, true);
  const format = (head >> 2) & 3;
  const size = format === 1 ? (head >> 4) & 0xfff : format === 3 ? (head >> 4) & 0xfffff : (head & 0xff) >> 3;
  const start = PADDING + (format === 1 ? 2 : format === 3 ? 3 : 1);
  const next = start + (isRun ? 1 : size);
  if (next > end || size > MOST_BLOCK) throw broken(`${size} literals in a block`);
  if (isRun) return { literals: roomOf(state, size).fill(view.getUint8(start)), end: next };
  return { literals: new Uint8Array(view.buffer, view.byteOffset + start, size), end: next };
}

function compressedLiterals(view: DataView, end: number, state: LiteralState, sameCodes: boolean): Literals {
  const format = (view.getUint8(PADDING) >> 2) & 3;
  const width = format < 2 ? 10 : format === 2 ? 14 : 18;
  const head = view.getUint32(PADDING, true) + view.getUint8(PADDING + 4) * 2 ** 32;
  const size = Math.floor(head / 2 ** 4) % 2 ** width;
  let start = PADDING + (format < 2 ? 3 : format + 2);
  const next = start + (Math.floor(head / 2 ** (4 + width)) % 2 ** width);
  if (next > end || size > MOST_BLOCK) throw broken(`${size} literals in a block`);
  if (!sameCodes) {
    const { table, end: behind } = readPrefixTable(view, start);
    [state.codes, start] = [table, behind];
  }
  if (!state.codes) throw broken("literals without codes");
  const literals = roomOf(state, size);
  if (format === 0) readStream(view, start, next, state.codes, literals);
  else readStreams(view, start, next, state.codes, literals);
  return { literals, end: next };
}

/** Four streams, each of a quarter. */
function readStreams(view: DataView, start: number, end: number, codes: PrefixTable, out: Uint8Array): void {
  const quarter = (out.length + 3) >> 2;
  let from = start + 6; // behind the sizes of three of them
  for (let i = 0; i < 4; i++) {
    const to = i < 3 ? from + view.getUint16(start + 2 * i, true) : end;
    if (to > end) throw broken("streams beyond their block");
    readStream(view, from, to, codes, out.subarray(i * quarter, i < 3 ? (i + 1) * quarter : out.length));
    from = to;
  }
}

function readStream(view: DataView, start: number, end: number, { log, entries }: PrefixTable, out: Uint8Array): void {
  const mask = (1 << log) - 1;
  let at = new BackwardBits(view, start, end).at;
  for (let i = 0; i < out.length; i += 2) {
    // A word holds two codes, as they have 11 bits at most. Behind an odd end the second one is not kept.
    const place = at - 24;
    const word = view.getUint32(place >>> 3, true) >>> (place & 7);
    const first = entries[(word >>> (24 - log)) & mask] as number; // in range by the mask
    const used = first & 15;
    const second = entries[(word >>> (24 - used - log)) & mask] as number;
    out[i] = first >> 4;
    if (i + 1 < out.length) out[i + 1] = second >> 4;
    at -= i + 1 < out.length ? used + (second & 15) : used;
  }
  if (at !== start * 8) throw broken("literals that do not end with their bytes");
}
