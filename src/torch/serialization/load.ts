/** Files of tensors by the ending of their name. */
import { extname } from "node:path";
import { collectTensors, isTensor } from "../containers.js";
import { checkOptions, ValueError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { loadNpy, saveNpy } from "./npy.js";
import { loadNpz, saveNpz } from "./npz.js";
import { type LoadPthOptions, loadPth, type PthValue } from "./pth.js";
import { loadSafetensors, saveSafetensors, type TensorDict } from "./safetensors.js";
import { type PthInput, savePth } from "./save-pth.js";

interface Format {
  load(path: string, options: LoadPthOptions): Promise<PthValue>;
  save(path: string, value: PthInput): Promise<void>;
}

const pth: Format = { load: loadPth, save: savePth };

const formats: Record<string, Format> = {
  ".safetensors": {
    load: loadSafetensors,
    save: (path, value) => saveSafetensors(path, tensorDict(path, value)),
  },
  ".pth": pth,
  ".pt": pth,
  ".npz": {
    load: async (path, { device = "cpu", ...options }) => {
      const arrays = await loadNpz(path, options);
      return new Map([...arrays].map(([name, tensor]) => [name, tensor.to(device)]));
    },
    save: (path, value) => saveNpz(path, tensorDict(path, value)),
  },
  ".npy": {
    load: async (path, { device = "cpu", ...options }) => (await loadNpy(path, options)).to(device),
    save: async (path, value) => {
      if (isTensor(value)) return saveNpy(path, value);
      throw new ValueError(`save: expected one tensor for ${path}, got other data. Save it as .npz or .pth.`);
    },
  },
};

/**
 * Reads a file: `.safetensors`, PyTorch's `.pth` and `.pt` (only tensors and plain data; nothing in the file is run), or
 * numpy's `.npz` and `.npy`. The type is what the caller knows of the contents, by default tensors by name.
 * Throws `FileFormatError` on damaged files and other contents, `ValueError` on another ending.
 *
 * @example
 * net.loadStateDict(await load("net.pth"));
 */
export function load(path: `${string}.npy`, options?: LoadPthOptions): Promise<Tensor>;
export function load(path: string, options?: LoadPthOptions): Promise<Map<string, Tensor>>;
export function load<T extends PthValue>(path: string, options?: LoadPthOptions): Promise<T>;
export async function load(path: string, options: LoadPthOptions = {}): Promise<PthValue> {
  checkOptions("load", options, ["mmap", "device"]);
  return formatOf("load", path).load(path, options);
}

/**
 * Writes a file: `.safetensors` or `.npz` (tensors by name), `.npy` (one tensor), or PyTorch's `.pth` and `.pt` (tensors
 * and plain data), which Python opens with `weights_only`. An error leaves an older file as it was. Throws `ValueError`
 * on values that the format has no place for and on another ending.
 *
 * @example
 * await save("net.pth", net.stateDict());
 */
export async function save(path: string, value: PthInput): Promise<void> {
  return formatOf("save", path).save(path, value);
}

function formatOf(where: string, path: string): Format {
  const format = formats[extname(path).toLowerCase()];
  if (format) return format;
  throw new ValueError(`${where}: expected a name that ends in ${Object.keys(formats).join(", ")}, got ${path}.`);
}

function tensorDict(path: string, value: PthInput): TensorDict {
  if (isTensorDict(value)) return value;
  throw new ValueError(`save: expected tensors by name for ${path}, got other data too. Save it as .pth.`);
}

function isTensorDict(value: PthInput): value is Extract<PthInput, TensorDict> {
  if (typeof value !== "object" || value === null || Array.isArray(value) || isTensor(value)) return false;
  const items = value instanceof Map ? [...value.values()] : Object.values(value);
  return collectTensors(items).length === items.length && items.every((item) => !Array.isArray(item));
}
