/** The order in which a pass goes through rows, as a tensor on the device. */
import { type Device, forkRng, keep, multinomial, randperm, scope, type Tensor, tensor } from "../torch/index.js";

/** Positions of rows: 0 … length - 1, or those of an int64 tensor. */
export class RowOrder implements Iterable<number> {
  /** @param positions null for all rows in sequence. */
  constructor(
    readonly length: number,
    readonly positions: Tensor | null = null,
  ) {}

  /** The given positions. */
  static of(positions: readonly (number | null)[], device: Device): RowOrder {
    if (positions.every((position, i) => position === i)) return new RowOrder(positions.length);
    const rows = BigInt64Array.from(positions, (position) => BigInt(position ?? 0));
    return new RowOrder(rows.length, keep(tensor(rows, { device })));
  }

  /** A permutation of `n` rows; drawn on the device, or, for a seed, as on the CPU. */
  static shuffled(n: number, device: Device, seed?: number): RowOrder {
    return RowOrder.#drawn(n, device, seed, (where) => randperm(n, { device: where }));
  }

  /** `n` rows drawn with replacement, each as often as its weight says. */
  static weighted(n: number, weights: Tensor, device: Device, seed?: number): RowOrder {
    return RowOrder.#drawn(n, device, seed, (where) => multinomial(weights.to(where), n, true));
  }

  static #drawn(n: number, device: Device, seed: number | undefined, draw: (device: Device) => Tensor): RowOrder {
    const positions = scope(() => (seed === undefined ? draw(device) : forkRng(seed, () => draw("cpu")).to(device)));
    return new RowOrder(n, keep(positions));
  }

  /** The first `n` of the positions. */
  first(n: number): RowOrder {
    return new RowOrder(Math.min(n, this.length), this.positions);
  }

  *[Symbol.iterator](): Generator<number> {
    if (!this.positions) {
      for (let i = 0; i < this.length; i++) yield i;
      return;
    }
    const rows = scope(() => (this.positions as Tensor).cpu().toArray() as number[]);
    yield* rows.slice(0, this.length).map(Number);
  }
}
