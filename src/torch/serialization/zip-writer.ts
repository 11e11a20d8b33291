/** Zip files, each entry's content at a multiple of 64 bytes. */
import { crc32 } from "node:zlib";
import { ValueError } from "../errors.js";

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
const localSize = 30;
const centralSize = 46;
/** Larger files need the zip64 form. */
const maxBytes = 0xffffffff;
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
}

/** The pieces of a zip file in order. `path` is for messages; throws `ValueError` beyond 4 GB. */
export function zipPieces(entries: readonly ZipEntry[], path: string): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const headers: Header[] = [];
  let offset = 0;
  for (const { name, content, packed } of entries) {
    const stored = packed ? [packed] : content;
    const header = {
      name: new TextEncoder().encode(name),
      method: packed ? 8 : 0,
      crc: content.reduce((crc, piece) => crc32(piece, crc), 0),
      packedSize: lengthOf(stored),
      size: lengthOf(content),
      offset,
    };
    const local = localHeader(header);
    headers.push(header);
    pieces.push(local, ...stored);
    offset += local.length + header.packedSize;
    if (offset > maxBytes) {
      throw new ValueError(
        `save: expected at most 4 GB for ${path}, got ${offset} bytes or more. Save it as .safetensors.`,
      );
    }
  }
  const directory = headers.map(centralHeader);
  return [...pieces, ...directory, end(headers.length, lengthOf(directory), offset)];
}

function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/** Fields that both headers of an entry have, from `at` on. */
function shared(view: DataView, at: number, { name, method, crc, packedSize, size }: Header): void {
  view.setUint16(at, utf8Flag, true);
  view.setUint16(at + 2, method, true);
  view.setUint16(at + 6, date, true);
  view.setUint32(at + 8, crc, true);
  view.setUint32(at + 12, packedSize, true);
  view.setUint32(at + 16, size, true);
  view.setUint16(at + 20, name.length, true);
}

function localHeader(header: Header): Uint8Array {
  const used = header.offset + localSize + header.name.length + 4;
  const padding = (alignment - (used % alignment)) % alignment;
  const bytes = new Uint8Array(localSize + header.name.length + 4 + padding);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x04034b50, true);
  shared(view, 6, header);
  view.setUint16(28, 4 + padding, true);
  bytes.set(header.name, localSize);
  view.setUint16(localSize + header.name.length, paddingId, true);
  view.setUint16(localSize + header.name.length + 2, padding, true);
  return bytes;
}

function centralHeader(header: Header): Uint8Array {
  const bytes = new Uint8Array(centralSize + header.name.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x02014b50, true);
  shared(view, 8, header);
  view.setUint32(42, header.offset, true);
  bytes.set(header.name, centralSize);
  return bytes;
}

function end(count: number, size: number, offset: number): Uint8Array {
  if (count > 0xffff) throw new ValueError(`save: expected at most 65535 entries, got ${count}. Save as .safetensors.`);
  const bytes = new Uint8Array(22);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, count, true);
  view.setUint16(10, count, true);
  view.setUint32(12, size, true);
  view.setUint32(16, offset, true);
  return bytes;
}
