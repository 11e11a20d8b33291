/** Writing PyTorch's `.pth` files, which Python opens with `torch.load(path, weights_only=True)`. */
import { noGrad } from "../autograd.js";
import { scope } from "../scope.js";
import { Tensor } from "../tensor.js";
import { writeAtomically } from "./atomic-file.js";
import { PickleWriter } from "./pickle-writer.js";
import { TensorReducer } from "./reduce-tensor.js";
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
  | ReadonlySet<PthInput>
  | ReadonlyMap<string | number, PthInput>
  | { readonly [key: string]: PthInput };

/**
 * Writes tensors and plain data as `torch.save` does, at once or not at all: an error leaves an older file as it was.
 * Maps and objects become dictionaries, arrays lists. A tensor met twice is stored once; views are stored on their own.
 * The tensors may be on any device (they are written as CPU tensors) and must not change until the promise settles.
 * Throws `ValueError` on other values.
 */
export async function savePth(path: string, value: PthInput): Promise<void> {
  const pieces = scope(() => noGrad(() => zipPieces(entriesOf(value))));
  await writeAtomically(path, async (file) => {
    for (const piece of pieces) await writeAll(file, piece);
  });
}

/** {@link savePth} as bytes in memory. */
export function pthBytes(value: PthInput): Uint8Array {
  return Buffer.concat(scope(() => noGrad(() => zipPieces(entriesOf(value)))));
}

/** The files that make up a `.pth`, the pickle first. */
function entriesOf(value: PthInput): ZipEntry[] {
  const tensors = new TensorReducer();
  const pickle = PickleWriter.write(value, (object, writer) => {
    if (!(object instanceof Tensor)) return false;
    writer.value(tensors.reduce(object));
    return true;
  });
  const text = (content: string) => new TextEncoder().encode(content);
  const entries = [
    { name: "data.pkl", content: pickle },
    { name: "byteorder", content: text("little") },
    ...tensors.storages.map((content, key) => ({ name: `data/${key}`, content })),
    { name: "version", content: text("3\n") },
  ];
  return entries.map(({ name, content }) => ({ name: `archive/${name}`, content: [content] }));
}
