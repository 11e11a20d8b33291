import { full, randint, ShapeError, type Tensor } from "../torch/index.js";
import { type Mix, MixHandler } from "./mix-handler.js";

/**
 * Trains on photos with a box out of another one: its area is drawn from Beta(alpha, alpha), one box for the batch, anywhere.
 * Losses (or targets) are blended by the areas. Shapes: x [N, C, H, W]. Source: CBK-17, Yun et al. 2019.
 *
 * @example
 * await learn.fitOneCycle(5, { cbs: new CutMix() });
 */
export class CutMix extends MixHandler {
  override readonly name = "cutMix";

  /** @param alpha above 0; 1 makes all areas equally likely. Default 1. */
  constructor(alpha = 1) {
    super(alpha);
  }

  protected override mix(xb: Tensor[], n: number): Mix {
    const [x, ...rest] = xb as [Tensor, ...Tensor[]]; // a batch has an input
    if (x.ndim !== 4) {
      throw new ShapeError(`CutMix: expected photos [N, C, H, W], got [${x.shape}]. Use MixUp for other inputs.`);
    }
    const [height, width] = [x.size(2), x.size(3)];
    const lam = this.shares(1).select(1, 0); // [1]
    const other = this.shuffled(n, x);
    const [x1, y1, x2, y2] = box(width, height, Number(lam.item()));
    const mixed = x.clone();
    const window = (t: Tensor): Tensor => t.narrow(2, y1, y2 - y1).narrow(3, x1, x2 - x1); // [N, C, y2 - y1, x2 - x1]
    window(mixed).copy_(window(x.indexSelect(0, other)));
    const own = 1 - ((x2 - x1) * (y2 - y1)) / (width * height);
    return { lam: full([n], own, { device: x.device }), other, xb: [mixed, ...rest] };
  }
}

/** A box with the share `1 - lam` of the area around a random point, cut off at the edges: left, top, right, bottom. */
function box(width: number, height: number, lam: number): [x1: number, y1: number, x2: number, y2: number] {
  const side = (size: number): number => Math.floor(roundHalfToEven(size * Math.sqrt(1 - lam)) / 2);
  const centre = (size: number): number => Number(randint(0, size, [1]).item());
  const clamped = (at: number, size: number): number => Math.min(size, Math.max(0, at));
  const [w, h] = [side(width), side(height)];
  const [cx, cy] = [centre(width), centre(height)];
  return [clamped(cx - w, width), clamped(cy - h, height), clamped(cx + w, width), clamped(cy + h, height)];
}

/** As libtorch rounds. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
