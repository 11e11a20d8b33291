/** Files of tensors by the ending of their name. */
import { extname } from "node:path";
import { collectTensors } from "../containers.js";
import { ValueError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { loadPth, type PthValue } from "./pth.js";
import { loadSafetensors, saveSafetensors, type TensorDict } from "./safetensors.js";
import { type PthInput, savePth } from "./save-pth.js";

/**
 * Reads a file: `.safetensors`, or PyTorch's `.pth` and `.pt` (only tensors and plain data; nothing in the file is run).
 * The type is what the caller knows of the contents, by default tensors by name.
 * Throws `FileFormatError` on damaged files and other contents, `ValueError` on another ending.
 *
 * @example
 * net.loadStateDict(await load("net.pth"));
 */
export function load(path: string): Promise<Map<string, Tensor>>;
export function load<T extends PthValue>(path: string): Promise<T>;
export async function load(path: string): Promise<PthValue> {
  return isSafetensors("load", path) ? loadSafetensors(path) : loadPth(path);
}

/**
 * Writes a file: `.safetensors` (tensors by name), or PyTorch's `.pth` and `.pt` (tensors and plain data), which Python
 * opens with `weights_only`. An error leaves an older file as it was. Throws `ValueError` on values that the format has
 * no place for and on another ending.
 *
 * @example
 * await save("net.pth", net.stateDict());
 */
export async function save(path: string, value: PthInput): Promise<void> {
  if (!isSafetensors("save", path)) return savePth(path, value);
  if (!isTensorDict(value)) {
    throw new ValueError(`save: expected tensors by name for ${path}, got other data too. Save it as .pth.`);
  }
  return saveSafetensors(path, value);
}

function isTensorDict(value: PthInput): value is Extract<PthInput, TensorDict> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const items = value instanceof Map ? [...value.values()] : Object.values(value);
  return collectTensors(items).length === items.length && items.every((item) => !Array.isArray(item));
}

function isSafetensors(where: string, path: string): boolean {
  const ending = extname(path).toLowerCase();
  if (ending === ".safetensors") return true;
  if (ending === ".pth" || ending === ".pt") return false;
  throw new ValueError(`${where}: expected a name that ends in .pth, .pt or .safetensors, got ${path}.`);
}
