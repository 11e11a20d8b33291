/** Writing PyTorch's `.pth` files, which Python opens with `torch.load(path, weights_only=True)`. */
import { noGrad } from "../autograd.js";
import { scope } from "../scope.js";
import { Tensor } from "../tensor.js";
import { writeAtomically } from "./atomic-file.js";
import { PersistentId, PickleWriter, PythonName, Tuple } from "./pickle-writer.js";
import { storageClasses } from "./storage-types.js";
import { writeAll } from "./write-all.js";
import { type ZipEntry, zipPieces } from "./zip-writer.js";

/** What can be written: tensors and plain data in arrays, Maps and plain objects. */
export type PthInput =
  | Tensor
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | readonly PthInput[]
  | ReadonlyMap<string | number, PthInput>
  | { readonly [key: string]: PthInput };

/**
 * Writes tensors and plain data as `torch.save` does, at once or not at all: an error leaves an older file as it was.
 * Maps and objects become dictionaries, arrays lists. A tensor met twice is stored once; views are stored on their own.
 * The tensors may be on any device (they are written as CPU tensors) and must not change until the promise settles.
 * Throws `ValueError` on other values and beyond 4 GB.
 */
export async function savePth(path: string, value: PthInput): Promise<void> {
  const pieces = scope(() => noGrad(() => zipPieces(entriesOf(value), path)));
  await writeAtomically(path, async (file) => {
    for (const piece of pieces) await writeAll(file, piece);
  });
}

/** {@link savePth} as bytes in memory. */
export function pthBytes(value: PthInput): Uint8Array {
  return Buffer.concat(scope(() => noGrad(() => zipPieces(entriesOf(value), "bytes"))));
}

/** The files that make up a `.pth`, the pickle first. */
function entriesOf(value: PthInput): ZipEntry[] {
  const storages: Uint8Array[] = [];
  const pickled = new Map<Tensor, PythonName>();
  const pickle = PickleWriter.write(value, (object, writer) => {
    if (!(object instanceof Tensor)) return false;
    const rebuild = pickled.get(object) ?? rebuildCall(object, storages);
    pickled.set(object, rebuild);
    writer.value(rebuild);
    return true;
  });
  const text = (content: string) => new TextEncoder().encode(content);
  const entries = [
    { name: "data.pkl", content: pickle },
    { name: "byteorder", content: text("little") },
    ...storages.map((content, key) => ({ name: `data/${key}`, content })),
    { name: "version", content: text("3\n") },
  ];
  return entries.map(({ name, content }) => ({ name: `archive/${name}`, content }));
}

/** The call that makes a tensor on its storage again; the storage is added to `storages`. */
function rebuildCall(tensor: Tensor, storages: Uint8Array[]): PythonName {
  const host = tensor.detach().cpu().resolveConj().resolveNeg().contiguous();
  const { buffer, byteOffset, byteLength } = host.data();
  const key = String(storages.push(new Uint8Array(buffer, byteOffset, byteLength)) - 1);
  const known = storageClasses[tensor.dtype];
  const storage = (cls: PythonName, size: number) => new PersistentId(new Tuple(["storage", cls, key, "cpu", size]));
  const layout = [0, new Tuple(tensor.shape), new Tuple(host.stride() as number[]), false];
  const noHooks = new PythonName("collections", "OrderedDict", new Tuple([]));
  if (known !== undefined) {
    const args = [storage(new PythonName("torch", known), host.numel()), ...layout, noHooks];
    return new PythonName("torch._utils", "_rebuild_tensor_v2", new Tuple(args));
  }
  const bytes = storage(new PythonName("torch.storage", "UntypedStorage"), byteLength);
  const args = [bytes, ...layout, noHooks, new PythonName("torch", tensor.dtype)];
  return new PythonName("torch._utils", "_rebuild_tensor_v3", new Tuple(args));
}
