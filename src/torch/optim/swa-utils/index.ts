/** Averages of weights as in `torch.optim.swa_utils`. */
export { AveragedModel, type AveragedModelOptions } from "./averaged-model.js";
export {
  type AvgFn,
  getEmaAvgFn,
  getEmaMultiAvgFn,
  getSwaAvgFn,
  getSwaMultiAvgFn,
  type MultiAvgFn,
} from "./averages.js";
export { SWALR, type SWALROptions } from "./swa-lr.js";
export { type UpdateBnOptions, updateBn } from "./update-bn.js";
