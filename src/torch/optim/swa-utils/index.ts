/** Averages of weights as in `torch.optim.swa_utils`. */
export { SWALR, type SWALROptions } from "./swa-lr.js";
