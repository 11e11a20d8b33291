/** numpy's `.npy` files: one array each. */

import { noGrad } from "../autograd.js";
import { checkBytes, checkTensor } from "../checks.js";
import { FileFormatError, ValueError } from "../errors.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { writeAtomically } from "./atomic-file.js";
import { type ByteSource, type FileOptions, MemorySource, openBytes } from "./byte-source.js";
import { type ArrayHeader, byteLengthOf, descrOf, tensorOfArray } from "./npy-dtypes.js";
import { writeAll } from "./write-all.js";

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
/** Headers of plain arrays are far below; longer ones are refused before they are parsed. */
const maxHeaderBytes = 65536;
/** Data starts at a multiple of this, as numpy writes it. */
const alignment = 64;

/**
 * Reads a `.npy` file of any version, byte order and index order. Numbers and booleans only: text, dates, records and
 * pickled objects throw `FileFormatError`, as damaged files do. Sizes are checked before anything is made of them.
 *
 * @example
 * const x = await loadNpy("x.npy");
 */
export async function loadNpy(path: string, options: FileOptions = {}): Promise<Tensor> {
  return readNpy(await openBytes("loadNpy", path, options), `loadNpy(${path})`);
}

/** {@link loadNpy} on bytes; the tensor shares their memory where alignment and byte order allow. */
export function parseNpy(bytes: Uint8Array): Tensor {
  checkBytes("parseNpy", bytes);
  return readNpy(new MemorySource(bytes), "parseNpy");
}

/** The array of a file. `where` is for messages. */
export function readNpy(source: ByteSource, where: string): Tensor {
  const { header, dataStart } = readHeader(source, where);
  return tensorOfArray(source.part(dataStart, exactLength(header, source.size - dataStart, where)), header, where);
}

/**
 * Writes a `.npy` file, at once or not at all. The tensor may be on any device. Throws `ValueError` on a dtype that numpy
 * lacks, such as bfloat16.
 */
export async function saveNpy(path: string, tensor: Tensor): Promise<void> {
  const pieces = npyPieces(tensor, "saveNpy");
  await writeAtomically(path, async (file) => {
    for (const piece of pieces) await writeAll(file, piece);
  });
}

/** {@link saveNpy} as bytes in memory. */
export function npyBytes(tensor: Tensor): Uint8Array {
  return Buffer.concat(npyPieces(tensor, "npyBytes"));
}

/** Header and data of a file; the data are the tensor's own memory where they can be. */
export function npyPieces(tensor: Tensor, where: string): [Uint8Array, Uint8Array] {
  checkTensor(where, tensor);
  const descr = descrOf(tensor.dtype);
  if (descr === undefined) {
    throw new ValueError(
      `${where}: expected a dtype that numpy has, got ${tensor.dtype}. Convert it first, e.g. x.float().`,
    );
  }
  return scope(() =>
    noGrad(() => {
      const host = tensor.detach().cpu().resolveConj().resolveNeg().contiguous();
      const { buffer, byteOffset, byteLength } = host.data();
      return [headerBytes(descr, tensor.shape), new Uint8Array(buffer, byteOffset, byteLength)];
    }),
  );
}

function headerBytes(descr: string, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const start = magic.length + 4;
  const length = Math.ceil((start + text.length + 1) / alignment) * alignment - start;
  const bytes = Buffer.alloc(start + length, " ");
  bytes.set([...magic, 1, 0]);
  bytes.writeUInt16LE(length, magic.length + 2);
  bytes.write(text, start, "latin1");
  bytes[bytes.length - 1] = 0x0a;
  return bytes;
}

function readHeader(source: ByteSource, where: string): { header: ArrayHeader; dataStart: number } {
  const bytes = source.bytes(0, Math.min(source.size, magic.length + 6 + maxHeaderBytes));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[magic.length] ?? 0;
  const wide = version > 1;
  const start = magic.length + (wide ? 6 : 4);
  if (!magic.every((byte, at) => bytes[at] === byte) || bytes.length < start) throw damaged(where, "something else");
  if (version < 1 || version > 3) throw damaged(where, `version ${version}`);
  const length = wide ? view.getUint32(magic.length + 2, true) : view.getUint16(magic.length + 2, true);
  if (length > maxHeaderBytes || start + length > bytes.length) throw damaged(where, `a header of ${length} bytes`);
  const text = new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(bytes.subarray(start, start + length));
  return { header: parseHeader(text, where), dataStart: start + length };
}

/** The header is a Python dictionary: its three values are found, and nothing is evaluated. */
function parseHeader(text: string, where: string): ArrayHeader {
  const descr = /'descr'\s*:\s*(?:'([^']*)'|(\S.{0,40}))/.exec(text);
  const order = /'fortran_order'\s*:\s*(True|False)\b/.exec(text);
  const shape = /'shape'\s*:\s*\(([\dL,\s]*)\)/.exec(text);
  if (!descr || !order || !shape) throw damaged(where, `the header ${JSON.stringify(text.slice(0, 80))}`);
  const sizes = (shape[1] ?? "").split(",").map((size) => size.trim().replace(/L$/, ""));
  return {
    descr: descr[1] ?? descr[2] ?? "",
    fortranOrder: order[1] === "True",
    shape: sizes.filter((size) => size !== "").map(Number),
  };
}

/** The bytes of the array. numpy leaves out what follows it. */
function exactLength(header: ArrayHeader, available: number, where: string): number {
  const length = byteLengthOf(header, where);
  if (length <= available) return length;
  throw new FileFormatError(`${where}: expected ${length} bytes of data, got ${available}. The file is incomplete.`);
}

function damaged(where: string, got: string): FileFormatError {
  return new FileFormatError(
    `${where}: expected a .npy file of version 1 to 3, got ${got}. It is damaged or another format.`,
  );
}
