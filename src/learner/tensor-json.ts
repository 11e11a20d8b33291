import { FileFormatError, Tensor } from "../torch/index.js";

/** A nested value without its tensors, and the tensors under the names that stand in their places. */
export interface PackedState {
  readonly json: unknown;
  readonly tensors: Readonly<Record<string, Tensor>>;
}

const marker = "$tensor";

/**
 * Takes the tensors out of nested arrays, plain objects and Maps, which become objects: each tensor leaves its path as a name,
 * after `prefix`.
 */
export function packTensors(value: unknown, prefix: string): PackedState {
  const tensors: Record<string, Tensor> = {};
  const visit = (part: unknown, path: string): unknown => {
    if (part instanceof Tensor) {
      tensors[path] = part;
      return { [marker]: path };
    }
    if (Array.isArray(part)) return part.map((item, i) => visit(item, `${path}.${i}`));
    if (typeof part === "object" && part !== null) {
      const entries: Iterable<[unknown, unknown]> = part instanceof Map ? part : Object.entries(part);
      return Object.fromEntries([...entries].map(([key, item]) => [String(key), visit(item, `${path}.${key}`)]));
    }
    return part;
  };
  return { json: visit(value, prefix), tensors };
}

/** Puts tensors back into their places. Throws `FileFormatError` when one is missing. */
export function unpackTensors(json: unknown, tensors: ReadonlyMap<string, Tensor>): unknown {
  if (Array.isArray(json)) return json.map((item) => unpackTensors(item, tensors));
  if (typeof json !== "object" || json === null) return json;
  const name = (json as Record<string, unknown>)[marker];
  if (typeof name !== "string") {
    return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, unpackTensors(item, tensors)]));
  }
  const found = tensors.get(name);
  if (found) return found;
  throw new FileFormatError(
    `load: expected a tensor "${name}" in the file, but it is not there. The file is incomplete; save it again.`,
  );
}
