/** Reading zip archives: stored and deflated members, without encryption or ZIP64. */
import { type FileHandle, open } from "node:fs/promises";
import { crc32, createInflateRaw } from "node:zlib";
import type { ArchiveEntry } from "./tar.js";

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
/** The end record is 22 bytes and a comment of at most 65,535. */
const MAX_END = 22 + 0xffff;

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw new Error("the archive ends early");
  return buffer;
}

async function centralDirectory(file: FileHandle): Promise<{ directory: Buffer; count: number }> {
  const { size } = await file.stat();
  const tail = await readAt(file, Math.max(0, size - MAX_END), Math.min(size, MAX_END));
  for (let at = tail.length - 22; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== END) continue;
    const start = tail.readUInt32LE(at + 16);
    const length = tail.readUInt32LE(at + 12);
    if (start === 0xffffffff) throw new Error("a ZIP64 archive, which is not supported. Unpack it by hand");
    if (start + length > size) throw new Error("a damaged zip archive (wrong directory)");
    return { directory: await readAt(file, start, length), count: tail.readUInt16LE(at + 10) };
  }
  throw new Error("not a zip archive, or a damaged one (no end record)");
}

/** The members of a zip file, in order. Throws an Error when the archive is damaged. */
export async function* readZip(path: string): AsyncGenerator<ArchiveEntry> {
  const file = await open(path);
  try {
    const { directory, count } = await centralDirectory(file);
    for (let i = 0, at = 0; i < count; i++) {
      if (at + 46 > directory.length || directory.readUInt32LE(at) !== CENTRAL)
        throw new Error("a damaged zip archive");
      const nameLength = directory.readUInt16LE(at + 28);
      const name = directory.toString("utf8", at + 46, at + 46 + nameLength);
      const compressed = directory.readUInt32LE(at + 20);
      const method = directory.readUInt16LE(at + 10);
      const offset = directory.readUInt32LE(at + 42);
      const size = directory.readUInt32LE(at + 24);
      const link = directory.readUInt32LE(at + 38) >>> 28 === 0xa;
      const kind = name.endsWith("/") ? "folder" : link ? "other" : "file";
      const encrypted = (directory.readUInt16LE(at + 8) & 1) === 1;
      const crc = directory.readUInt32LE(at + 16);
      const member = { name, offset, compressed, method, encrypted, size, crc };
      yield { path: name, kind, size, body: () => checked(file, member) };
      at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    }
  } finally {
    await file.close();
  }
}

interface Member {
  readonly name: string;
  readonly offset: number;
  readonly compressed: number;
  readonly method: number;
  readonly encrypted: boolean;
  readonly size: number;
  readonly crc: number;
}

/** A member's bytes, which must be as many, and have the checksum, that the directory says. */
async function* checked(file: FileHandle, member: Member): AsyncGenerator<Uint8Array> {
  let size = 0;
  let crc = 0;
  for await (const piece of unpacked(file, member)) {
    size += piece.length;
    if (size > member.size) break;
    crc = crc32(piece, crc);
    yield piece;
  }
  if (size !== member.size || crc !== member.crc)
    throw new Error(`a damaged zip archive (wrong bytes in ${member.name})`);
}

async function* unpacked(file: FileHandle, member: Member): AsyncGenerator<Uint8Array> {
  const { offset, compressed, method, encrypted } = member;
  if (encrypted) throw new Error("an encrypted zip archive, which is not supported. Unpack it by hand");
  const local = await readAt(file, offset, 30);
  const start = offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  if (compressed === 0) return;
  const bytes = file.createReadStream({ start, end: start + compressed - 1, autoClose: false });
  if (method === 0) yield* bytes;
  else if (method === 8) yield* bytes.pipe(createInflateRaw());
  else throw new Error(`a zip archive with compression method ${method}, which is not supported. Unpack it by hand`);
}
