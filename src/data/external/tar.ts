/** Reading tar archives: ustar, GNU long names, pax paths and sizes. */
import { ByteReader } from "./byte-reader.js";

const BLOCK = 512;
/** Names and pax records larger than this are not names. */
const MAX_META = 1 << 20;

/** A member of an archive. Its body must be read, or skipped, before the next member is asked for. */
export interface ArchiveEntry {
  readonly path: string;
  readonly kind: "file" | "folder" | "hardlink" | "other";
  /** The member a hard link shares its content with, by its path in the archive. */
  readonly linkTo?: string;
  readonly size: number;
  body(): AsyncIterable<Uint8Array>;
}

function text(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end < 0 ? length : end);
}

function number(block: Buffer, start: number, length: number): number {
  const first = block[start] ?? 0;
  if (first & 0x80) {
    // Base 256, for sizes that octal digits cannot hold.
    let value = first & 0x7f;
    for (const byte of block.subarray(start + 1, start + length)) value = value * 256 + byte;
    return value;
  }
  const digits = text(block, start, length).trim();
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

function checkHeader(block: Buffer): void {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : (block[i] ?? 0);
  if (sum !== number(block, 148, 8)) throw new Error("not a tar archive, or a damaged one (wrong header checksum)");
  const size = number(block, 124, 12);
  if (!Number.isSafeInteger(size) || size < 0) throw new Error("a damaged tar archive (impossible size)");
}

function paxRecords(body: Buffer): Record<string, string> {
  const records: Record<string, string> = {};
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(32, at);
    const length = Number.parseInt(body.toString("utf8", at, space), 10);
    if (space < 0 || !(length > 0)) throw new Error("a damaged tar archive (wrong pax record)");
    const record = body.toString("utf8", space + 1, at + length - 1);
    const equals = record.indexOf("=");
    records[record.slice(0, equals)] = record.slice(equals + 1);
    at += length;
  }
  return records;
}

function kindOf(flag: string): ArchiveEntry["kind"] {
  if (flag === "0" || flag === "" || flag === "7") return "file";
  return flag === "5" ? "folder" : flag === "1" ? "hardlink" : "other";
}

async function meta(reader: ByteReader, size: number): Promise<Buffer> {
  if (size > MAX_META) throw new Error("a damaged tar archive (a name of impossible length)");
  const body = await reader.read(size + padding(size));
  if (!body) throw new Error("the archive ends early");
  return body.subarray(0, size);
}

/** What records before a member say of it, where its own header has no room. */
interface Long {
  path?: string;
  linkTo?: string;
  size?: number;
}

const padding = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

/** The members of a tar stream, in order. Throws an Error when the archive is damaged. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<ArchiveEntry> {
  const reader = new ByteReader(source);
  let long: Long = {};
  try {
    for (;;) {
      const header = await reader.read(BLOCK);
      if (!header) throw new Error("the archive ends early");
      if (header.every((byte) => byte === 0)) return;
      checkHeader(header);
      const flag = text(header, 156, 1);
      const own = number(header, 124, 12);
      if (flag === "L") long = { ...long, path: text(await meta(reader, own), 0, own) };
      else if (flag === "x") {
        const { path, size, linkpath } = paxRecords(await meta(reader, own));
        const given = { path, linkTo: linkpath, size: size === undefined ? undefined : Number(size) };
        long = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      } else if (flag === "K") long = { ...long, linkTo: text(await meta(reader, own), 0, own) };
      else if (flag === "g") await meta(reader, own);
      else {
        yield* member(reader, header, flag, long);
        long = {};
      }
    }
  } finally {
    await reader.close();
  }
}

async function* member(reader: ByteReader, header: Buffer, flag: string, long: Long): AsyncGenerator<ArchiveEntry> {
  // Only the POSIX magic has a prefix field; GNU's ("ustar  ") keeps times there.
  const prefix = header.toString("latin1", 257, 263) === "ustar\0" ? text(header, 345, 155) : "";
  const name = text(header, 0, 100);
  const size = long.size ?? number(header, 124, 12);
  let read = false;
  const body = (): AsyncIterable<Uint8Array> => {
    read = true;
    return reader.pieces(size);
  };
  const kind = kindOf(flag);
  const link = kind === "hardlink" ? { linkTo: long.linkTo ?? text(header, 157, 100) } : {};
  yield { path: long.path ?? (prefix ? `${prefix}/${name}` : name), kind, size, body, ...link };
  if (!read) for await (const _ of reader.pieces(size));
  for await (const _ of reader.pieces(padding(size)));
}
