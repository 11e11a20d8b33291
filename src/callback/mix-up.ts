import type { Tensor } from "../torch/index.js";
import { blend, type Mix, MixHandler } from "./mix-handler.js";

/**
 * Trains on blends of two items: `lam x + (1 - lam) x[other]` with `lam` from Beta(alpha, alpha), the greater of both shares,
 * drawn for each item. Where targets are classes, the two losses are blended, otherwise the targets are.
 * Source: CBK-16, Zhang et al. 2017.
 *
 * @example
 * await learn.fitOneCycle(5, { cbs: new MixUp(0.4) });
 */
export class MixUp extends MixHandler {
  override readonly name = "mixUp";

  /** @param alpha above 0; the smaller, the more blends are close to one of their items. Default 0.4. */
  constructor(alpha = 0.4) {
    super(alpha);
  }

  protected override mix(xb: Tensor[], n: number): Mix {
    const [x] = xb as [Tensor]; // a batch has an input
    const lam = this.shares(n).amax(-1).to(x.device); // [n]
    const other = this.shuffled(n, x);
    return { lam, other, xb: xb.map((member) => blend(member.indexSelect(0, other), member, lam)) };
  }
}
