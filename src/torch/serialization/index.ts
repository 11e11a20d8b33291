/** Tensors in files. */

export type { FileOptions } from "./byte-source.js";
export { load, save } from "./load.js";
export { loadNpy, npyBytes, parseNpy, saveNpy } from "./npy.js";
export { loadNpz, npzBytes, parseNpz, type SaveNpzOptions, saveNpz } from "./npz.js";
export { type LoadPthOptions, loadPth, type ParsePthOptions, type PthValue, parsePth } from "./pth.js";
export {
  type LoadSafetensorsOptions,
  loadSafetensors,
  parseSafetensors,
  readSafetensorsHeader,
  type SaveSafetensorsOptions,
  safetensorsBytes,
  saveSafetensors,
  type TensorDict,
  TensorMap,
} from "./safetensors.js";
export type { SafetensorsHeader, TensorEntry } from "./safetensors-header.js";
export { type PthInput, pthBytes, savePth } from "./save-pth.js";
