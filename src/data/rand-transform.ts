/** Transforms that draw random numbers once per item or batch. Source: FND-16, section 18. */

import type { CallInfo, SplitIdx } from "./call-info.js";
import { drawSeed } from "./draw-seed.js";
import type { MaybePromise } from "./maybe-promise.js";
import { Random } from "./random.js";
import { Transform } from "./transform.js";

/** The settings every random transform has. */
export interface RandTransformOptions {
  /** The chance, 0..1, that a call does anything. Default 1. */
  p?: number;
  /** Runs on this split only. Default 0, training. */
  splitIdx?: SplitIdx;
}

/**
 * A transform with randomness: `beforeCall` draws once for the whole tuple, so that a photo and its mask get the same
 * crop; `encodes` then uses what was drawn. Runs on training data only unless `splitIdx` says otherwise.
 *
 * Items are prepared concurrently, so an asynchronous `encodes` must read what `beforeCall` drew before its first await.
 */
export class RandTransform<In = unknown, Out = unknown> extends Transform<In, Out> {
  /** The chance, 0..1, that a call does anything. */
  p: number;
  /** Whether this call does anything; drawn by `beforeCall`. */
  do = true;
  override splitIdx: SplitIdx = 0;

  constructor(options: RandTransformOptions = {}) {
    super();
    this.p = options.p ?? 1;
    if (options.splitIdx !== undefined) this.splitIdx = options.splitIdx;
  }

  /** Draws for one call. `b` is the item or batch, `random` the generator to draw from. Override and call `super`. */
  beforeCall(_b: unknown, _splitIdx: SplitIdx, random: Random): void {
    this.do = this.p === 1 || random.next() < this.p;
  }

  /** Draws for one call without applying it; nothing when the step is for another split. */
  drawFor(x: unknown, info: CallInfo = {}): void {
    const splitIdx = info.splitIdx ?? null;
    if (this.runsOn(splitIdx)) this.beforeCall(x, splitIdx, info.random ?? new Random(drawSeed()));
  }

  override encode(x: unknown, info: CallInfo = {}): MaybePromise<unknown> {
    this.drawFor(x, info);
    return this.encodeDrawn(x, info);
  }

  override encodeDrawn(x: unknown, info: CallInfo = {}): MaybePromise<unknown> {
    return this.do ? super.encode(x, info) : x;
  }
}
