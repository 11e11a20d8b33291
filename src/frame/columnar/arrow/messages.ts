/** The messages of an Arrow file or stream. Source: the Arrow columnar format, "Serialization and Interprocess Communication". */
import { unexpected } from "../unexpected.js";
import { FlatTable, readLong } from "./flatbuffer.js";

/** Numbers of the kinds of messages. */
export const messageKinds = { schema: 1, dictionary: 2, records: 3 };

/** A message, whose header is a table of its kind. */
export interface Message {
  readonly kind: number;
  /** Of the format: 4 since the year 2020; below 3 regions are longer. */
  readonly version: number;
  readonly header: FlatTable;
  /** What the header's regions are of. */
  readonly body: Uint8Array;
}

/** What a file holds, in the order in which it was written. */
interface Messages {
  readonly schema: FlatTable;
  readonly data: readonly Message[];
}

const magic = Uint8Array.from(Buffer.from("ARROW1"));

/** The messages of a file or a stream. Throws `FileFormatError` on other bytes. */
export function readMessages(bytes: Uint8Array): Messages {
  return isMagic(bytes, 0) ? fileMessages(bytes) : streamMessages(bytes);
}

function isMagic(bytes: Uint8Array, at: number): boolean {
  return bytes.length >= at + magic.length && magic.every((byte, i) => bytes[at + i] === byte);
}

function streamMessages(bytes: Uint8Array): Messages {
  const data: Message[] = [];
  let schema: FlatTable | null = null;
  for (let at = 0; ; ) {
    const next = readMessage(bytes, at);
    if (!next) break;
    at = next.end;
    if (next.message.kind === messageKinds.schema) schema ??= next.message.header;
    else data.push(next.message);
  }
  if (!schema) throw unexpected("a schema at the beginning", "none");
  return { schema, data };
}

function fileMessages(bytes: Uint8Array): Messages {
  const end = bytes.length - magic.length - 4;
  const length =
    end >= 8 && isMagic(bytes, end + 4) ? new DataView(bytes.buffer, bytes.byteOffset + end).getInt32(0, true) : 0;
  if (!(length > 0 && length <= end - 8)) throw unexpected("a footer at the end", `${length} bytes of one`);
  const footer = FlatTable.root(bytes.subarray(end - length, end));
  const schema = footer.table(1);
  if (!schema) throw unexpected("a schema in the footer", "none");
  const offsets = [2, 3].flatMap((blocks) => footer.each(blocks, 24, readLong));
  const before = bytes.subarray(0, end - length);
  let at = 8;
  // In their order, so that a block that lies in another one is found: many of them could be a single one.
  const data = offsets
    .sort((a, b) => a - b)
    .map((offset) => {
      const next = offset >= at ? readMessage(before, offset) : null;
      if (!next) throw unexpected(`a block behind byte ${at}`, `one at ${offset}`);
      at = next.end;
      return next.message;
    });
  return { schema, data };
}

/** The message at a place, and where it ends; null at the end of a stream. */
function readMessage(bytes: Uint8Array, start: number): { message: Message; end: number } | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number) => (at + 4 <= bytes.length ? view.getInt32(at, true) : 0);
  // Before the year 2019 there was no mark in front of the length.
  const at = word(start) === -1 ? start + 8 : start + 4;
  const length = word(at - 4);
  if (length === 0) return null;
  const part = (from: number, size: number) => {
    if (size >= 0 && from + size <= bytes.length) return bytes.subarray(from, from + size);
    throw unexpected(`a message in the ${bytes.length - from} bytes that are left`, `one of ${size}`);
  };
  const root = FlatTable.root(part(at, length));
  const header = root.table(2);
  const kind = root.byte(1);
  if (!header || !Object.values(messageKinds).includes(kind))
    throw unexpected("a schema, dictionary or records", `a message ${kind}`);
  const body = part(at + length, root.long(3));
  return { message: { kind, version: root.short(0), header, body }, end: at + length + body.length };
}
