import { checkOptions, nn } from "../torch/index.js";
import type { Layer } from "./layer.js";
import { BatchNorm } from "./norm.js";

/** What {@link LinBnDrop} may be told. */
export interface LinBnDropOptions {
  /** Whether to normalise; the linear layer then has no bias. Default true. */
  bn?: boolean;
  /** Dropout probability; 0 leaves the dropout out. Default 0. */
  p?: number;
  /** Activation after the linear layer. Default none. */
  act?: Layer | null;
  /** Linear and activation first, then norm and dropout. Default false. */
  linFirst?: boolean;
}

/**
 * Batch norm, dropout, linear, activation, in that order (`linFirst`: linear, activation, batch norm, dropout).
 *
 * Shapes: x [N, nIn] -> [N, nOut]. Source: LAY-6.
 */
export class LinBnDrop extends nn.Sequential {
  constructor(nIn: number, nOut: number, options: LinBnDropOptions = {}) {
    checkOptions("LinBnDrop", options, ["bn", "p", "act", "linFirst"]);
    const { bn = true, p = 0, act = null, linFirst = false } = options;
    const before: Layer[] = bn ? [BatchNorm(linFirst ? nOut : nIn, { ndim: 1 })] : [];
    if (p !== 0) before.push(new nn.Dropout(p));
    const linear: Layer[] = [new nn.Linear(nIn, nOut, { bias: !bn })];
    if (act) linear.push(act);
    super(...(linFirst ? [...linear, ...before] : [...before, ...linear]));
  }
}
