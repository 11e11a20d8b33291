/** Tensors in files. */

export { load, save } from "./load.js";
export { loadPth, type PthValue, parsePth } from "./pth.js";
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
