/**
 * Zstandard: the buffers of Arrow files and the pages of Parquet files. Source: RFC 8878.
 *
 * The decoder at hand believes what damaged data says: a table of one state keeps it busy for ever, and a dozen bytes can
 * stand for thousands of millions of copies. This one writes at most as many bytes as it was asked for.
 */
import { broken, PADDING } from "./zstd-bits.js";
import { type LiteralState, MOST_BLOCK, readLiterals } from "./zstd-literals.js";
import { type Output, runSequences } from "./zstd-sequences.js";

const MAGIC = 0xfd2fb528;
const SKIPPED = 0x184d2a50; // and the next 15

const RAW = 0;
const RUN = 1;
const COMPRESSED = 2;

/** A block between the bytes, or the beginning of a frame. */
interface Block {
  readonly kind: number;
  readonly start: number;
  /** Bytes that it takes. */
  readonly length: number;
  /** Bytes that it makes at most. */
  readonly most: number;
  readonly opensFrame: boolean;
}

/** The bytes of frames, of which `size` are expected. Checksums are not looked at. Throws `FileFormatError` on others. */
export function zstd(bytes: Uint8Array, size: number): Uint8Array {
  let reach = 0;
  eachBlock(bytes, ({ most }) => {
    reach += most;
  });
  if (!(size >= 0 && size <= reach)) throw broken(`${bytes.length} bytes for ${size}`);
  const padded = new Uint8Array(bytes.length + 2 * PADDING);
  padded.set(bytes, PADDING);
  const out: Output = { bytes: new Uint8Array(size), at: 0, start: 0, tables: [], distances: [] };
  let state: LiteralState = { codes: null };
  eachBlock(bytes, ({ kind, start, length, most, opensFrame }) => {
    if (opensFrame) {
      state = { ...state, codes: null };
      Object.assign(out, { start: out.at, tables: [], distances: [1, 4, 8] });
    }
    if (kind === COMPRESSED) {
      const view = new DataView(padded.buffer, start, length + 2 * PADDING);
      const { literals, end } = readLiterals(view, PADDING + length, state);
      return runSequences(view, end, PADDING + length, literals, out);
    }
    if (out.at + most > size) throw broken("more than was said");
    if (kind === RAW) out.bytes.set(bytes.subarray(start, start + length), out.at);
    else out.bytes.fill(bytes[start] as number, out.at, out.at + most); // the block has its byte
    out.at += most;
  });
  if (out.at !== size) throw broken(`${out.at} bytes instead of ${size}`);
  return out.bytes;
}

function eachBlock(bytes: Uint8Array, visit: (block: Block) => void): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const upTo = (end: number) => {
    if (end > bytes.length) throw broken(`${bytes.length} bytes of more`);
    return end;
  };
  for (let at = 0; at < bytes.length; ) {
    const magic = view.getUint32(upTo(at + 4) - 4, true);
    if (magic >>> 4 === SKIPPED >>> 4) {
      at = upTo(upTo(at + 8) + view.getUint32(at + 4, true));
      continue;
    }
    if (magic !== MAGIC) throw broken("bytes of another format");
    const flags = view.getUint8(upTo(at + 5) - 1);
    if (flags & 3) throw broken("data that needs a dictionary");
    const isSingle = (flags >> 5) & 1;
    const sizeBytes = flags >> 6 === 0 ? isSingle : 1 << (flags >> 6);
    at = upTo(at + 6 - isSingle + sizeBytes);
    for (let isLast = false, opensFrame = true; !isLast; opensFrame = false) {
      const head = view.getUint16(upTo(at + 3) - 3, true) | (view.getUint8(at + 2) << 16);
      const [kind, size] = [(head >> 1) & 3, head >> 3];
      if (size > MOST_BLOCK || kind > COMPRESSED) throw broken(`a block of ${size} bytes of the kind ${kind}`);
      const length = kind === RUN ? 1 : size;
      const start = at + 3;
      at = upTo(start + length);
      visit({ kind, start, length, most: kind === COMPRESSED ? MOST_BLOCK : size, opensFrame });
      isLast = (head & 1) === 1;
    }
    if (flags & 4) at = upTo(at + 4);
  }
}
