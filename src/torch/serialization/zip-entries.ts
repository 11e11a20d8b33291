/** The entries of a zip file whose contents are stored as they are. */
import { FileFormatError } from "../errors.js";

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_SIZE = 22;
/** A comment after the directory may be this long. */
const MAX_COMMENT = 0xffff;

/**
 * Finds the entries of an uncompressed zip file, as views of `bytes`. `path` is for messages.
 * Throws `FileFormatError` when it is none, is damaged, compressed, or larger than 4 GB.
 */
export function readZip(bytes: Uint8Array, path: string): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const end = findEnd(view);
    if (end < 0)
      throw refuse(path, "something else (PyTorch before 1.6 wrote another format; save it again with a newer one)");
    const entries = new Map<string, Uint8Array>();
    let at = view.getUint32(end + 16, true);
    for (let left = view.getUint16(end + 10, true); left > 0; left--) {
      const entry = readEntry(view, bytes, at, path);
      entries.set(entry.name, entry.content);
      at = entry.next;
    }
    return entries;
  } catch (error) {
    if (error instanceof RangeError) throw refuse(path, "a damaged one");
    throw error;
  }
}

function findEnd(view: DataView): number {
  const first = Math.max(0, view.byteLength - END_SIZE - MAX_COMMENT);
  for (let at = view.byteLength - END_SIZE; at >= first; at--) if (view.getUint32(at, true) === END) return at;
  return -1;
}

function readEntry(view: DataView, bytes: Uint8Array, at: number, path: string) {
  if (view.getUint32(at, true) !== CENTRAL) throw refuse(path, "a damaged one, or one of more than 4 GB");
  const method = view.getUint16(at + 10, true);
  const size = view.getUint32(at + 24, true);
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
  const local = view.getUint32(at + 42, true);
  const nameEnd = at + 46 + (nameLength ?? 0);
  const name = new TextDecoder().decode(bytes.subarray(at + 46, nameEnd));
  if (method !== 0) throw refuse(path, `a compressed entry (${name})`);
  if (view.getUint32(local, true) !== LOCAL) throw refuse(path, "a damaged one, or one of more than 4 GB");
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  if (start + size > bytes.length) throw refuse(path, "one that ends too early");
  return {
    name,
    content: bytes.subarray(start, start + size),
    next: nameEnd + (extraLength ?? 0) + (commentLength ?? 0),
  };
}

function refuse(path: string, got: string): FileFormatError {
  return new FileFormatError(`loadPth: expected ${path} to be an uncompressed zip file from torch.save, got ${got}.`);
}
