import { nn } from "../torch/index.js";
import { truncNormal_ } from "./init.js";

/**
 * An embedding of `ni` rows and `nf` columns whose weights start near 0, within twice `std`.
 *
 * Shapes: indices [...] int64 -> [..., nf]. Source: LAY-9.
 */
export class Embedding extends nn.Embedding {
  constructor(ni: number, nf: number, { std = 0.01 }: { std?: number } = {}) {
    super(ni, nf);
    truncNormal_(this.weight, { std });
  }
}
