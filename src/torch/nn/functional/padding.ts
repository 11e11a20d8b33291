/** Adding borders. */
import { checkOptions } from "../../errors.js";
import * as aten from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";

/** Options of `pad`. */
export interface PadOptions {
  /** Default "constant". */
  mode?: "constant" | "reflect" | "replicate" | "circular";
  /** Value of the border in mode "constant". Default 0. */
  value?: number;
}

/** Adds a border: [left, right] of the last dimension, then of the one before, and so on. Negative sizes cut off. */
export function pad(x: Tensor, border: readonly number[], options: PadOptions = {}): Tensor {
  checkOptions("pad", options, ["mode", "value"]);
  return aten.pad(x, border, options.mode ?? "constant", options.value ?? null);
}
