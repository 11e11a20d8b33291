/** What belongs to one pass through a loader, and to one item in it. */
import { Scope } from "../torch/index.js";
import type { CallInfo } from "./call-info.js";
import { Random } from "./random.js";
import type { SkippedItem } from "./skipped.js";

/** One pass through a loader. */
export class Epoch {
  /** Set when the consumer stops early: no new item is started. */
  stopped = false;
  /** Items left out so far. */
  readonly skipped: SkippedItem[] = [];

  /** `seed` fixes the order and everything drawn for items. */
  constructor(readonly seed: number) {}

  /** The generator that shuffles this pass. */
  get random(): Random {
    return new Random(this.seed);
  }
}

/** What an item is prepared with: its own generator, and a scope that frees what its transforms made. */
export class ItemCall implements CallInfo {
  #random?: Random;
  #scope?: Scope;
  readonly #epoch: Epoch;
  readonly #position: number;

  constructor(epoch: Epoch, position: number) {
    this.#epoch = epoch;
    this.#position = position;
  }

  /** Draws depend on the pass and the position in it only. */
  get random(): Random {
    this.#random ??= new Random(this.#epoch.seed, this.#position + 1);
    return this.#random;
  }

  get scope(): Scope {
    this.#scope ??= new Scope();
    return this.#scope;
  }

  /** Frees what the item's transforms made. */
  dispose(): void {
    this.#scope?.dispose();
  }
}
