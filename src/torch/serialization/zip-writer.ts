/** Zip files, each entry's content at a multiple of 64 bytes; the zip64 form where sizes need it. */
import { crc32 } from "node:zlib";

/** An entry: its content comes in pieces, which are not copied. */
export interface ZipEntry {
  readonly name: string;
  readonly content: readonly Uint8Array[];
  /** The content deflated, where it is to be stored so. */
  readonly packed?: Uint8Array;
}

/** torch.save's alignment: no element is wider, and vector instructions load whole lines. */
const alignment = 64;
/** The extra field that PyTorch pads with: the letters FB. */
const paddingId = 0x4246;
/** The extra field with sizes of 64 bits. */
const wideId = 1;
const localSize = 30;
const centralSize = 46;
const wideSize = 4 + 2 * 8;
/** Sizes and places from here on stand in 64 bits. */
const narrowLimit = 0xffffffff;
const maxNarrowCount = 0xffff;
const chunk = 2 ** 30;
/** The earliest date that the format knows, so that equal contents give equal files. */
const date = 0x21;
/** The name is UTF-8. */
const utf8Flag = 0x800;

interface Header {
  readonly name: Uint8Array;
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  readonly offset: number;
  /** Whether sizes and place stand in 64 bits. */
  readonly isWide: boolean;
}

/** The pieces of a zip file in order. Entries from `wideFrom` bytes on are written in the zip64 form. */
export function zipPieces(entries: readonly ZipEntry[], wideFrom = narrowLimit): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const headers: Header[] = [];
  let offset = 0;
  for (const { name, content, packed } of entries) {
    const stored = packed ? [packed] : content;
    const [size, packedSize] = [lengthOf(content), lengthOf(stored)];
    const header = {
      name: new TextEncoder().encode(name),
      method: packed ? 8 : 0,
      crc: content.reduce(continued, 0),
      packedSize,
      size,
      offset,
      isWide: Math.max(size, packedSize, offset) >= wideFrom,
    };
    const local = localHeader(header);
    headers.push(header);
    pieces.push(local, ...stored);
    offset += local.length + packedSize;
  }
  const directory = headers.map(centralHeader);
  return [...pieces, ...directory, end(headers.length, lengthOf(directory), offset, offset >= wideFrom)];
}

/** The checksum after further bytes; the function itself counts in 32 bits. */
function continued(crc: number, bytes: Uint8Array): number {
  let next = crc;
  for (let at = 0; at < bytes.length; at += chunk) next = crc32(bytes.subarray(at, at + chunk), next);
  return next;
}

function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/** Fields that both headers of an entry have, from `at` on. */
function shared(view: DataView, at: number, { name, method, crc, packedSize, size, isWide }: Header): void {
  view.setUint16(at - 2, isWide ? 45 : 20, true); // the version that can read it
  view.setUint16(at, utf8Flag, true);
  view.setUint16(at + 2, method, true);
  view.setUint16(at + 6, date, true);
  view.setUint32(at + 8, crc, true);
  view.setUint32(at + 12, isWide ? narrowLimit : packedSize, true);
  view.setUint32(at + 16, isWide ? narrowLimit : size, true);
  view.setUint16(at + 20, name.length, true);
}

/** The extra field with numbers of 64 bits. */
function wideField(view: DataView, at: number, values: readonly number[]): void {
  view.setUint16(at, wideId, true);
  view.setUint16(at + 2, 8 * values.length, true);
  values.forEach((value, i) => {
    view.setBigUint64(at + 4 + 8 * i, BigInt(value), true);
  });
}

function localHeader(header: Header): Uint8Array {
  const { name, isWide, size, packedSize, offset } = header;
  const extra = localSize + name.length;
  const padAt = extra + (isWide ? wideSize : 0);
  const padding = (alignment - ((offset + padAt + 4) % alignment)) % alignment;
  const bytes = new Uint8Array(padAt + 4 + padding);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x04034b50, true);
  shared(view, 6, header);
  view.setUint16(28, bytes.length - extra, true);
  bytes.set(name, localSize);
  if (isWide) wideField(view, extra, [size, packedSize]);
  view.setUint16(padAt, paddingId, true);
  view.setUint16(padAt + 2, padding, true);
  return bytes;
}

function centralHeader(header: Header): Uint8Array {
  const { name, isWide, size, packedSize, offset } = header;
  const extra = isWide ? wideSize + 8 : 0;
  const bytes = new Uint8Array(centralSize + name.length + extra);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x02014b50, true);
  shared(view, 8, header);
  view.setUint16(30, extra, true);
  view.setUint32(42, isWide ? narrowLimit : offset, true);
  bytes.set(name, centralSize);
  if (isWide) wideField(view, centralSize + name.length, [size, packedSize, offset]);
  return bytes;
}

/** The end of the directory, which lies at `offset`. */
function end(count: number, size: number, offset: number, isFar: boolean): Uint8Array {
  const isWide = isFar || count >= maxNarrowCount;
  const narrowAt = isWide ? 56 + 20 : 0;
  const bytes = new Uint8Array(narrowAt + 22);
  const view = new DataView(bytes.buffer);
  if (isWide) wideEnd(view, count, size, offset);
  view.setUint32(narrowAt, 0x06054b50, true);
  view.setUint16(narrowAt + 8, isWide ? maxNarrowCount : count, true);
  view.setUint16(narrowAt + 10, isWide ? maxNarrowCount : count, true);
  view.setUint32(narrowAt + 12, isWide ? narrowLimit : size, true);
  view.setUint32(narrowAt + 16, isWide ? narrowLimit : offset, true);
  return bytes;
}

/** The end in 64 bits, and where it is. */
function wideEnd(view: DataView, count: number, size: number, offset: number): void {
  view.setUint32(0, 0x06064b50, true);
  view.setBigUint64(4, 44n, true); // bytes that follow
  view.setUint16(12, 45, true);
  view.setUint16(14, 45, true);
  [count, count, size, offset].forEach((value, i) => {
    view.setBigUint64(24 + 8 * i, BigInt(value), true);
  });
  view.setUint32(56, 0x07064b50, true);
  view.setBigUint64(64, BigInt(offset + size), true);
  view.setUint32(72, 1, true);
}
