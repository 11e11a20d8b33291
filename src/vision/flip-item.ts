/** Mirroring single items. Source: AUG-2. */
import * as z from "zod";
import { type Random, RandTransform, type SplitIdx } from "../data/index.js";
import { checkOptions } from "../torch/index.js";
import { register } from "../torch/registry.js";
import { dihedralItem } from "./item-geometry.js";

/** Settings of item flips. */
export interface FlipItemOptions {
  /** The chance that an item is changed. Default 0.5 for `FlipItem`, 1 for `DihedralItem`. */
  p?: number;
}

/** Mirrors an item left to right with probability `p`: images, masks, image tensors, points, boxes. Source: AUG-2. */
export class FlipItem extends RandTransform {
  constructor(options: FlipItemOptions = {}) {
    checkOptions("FlipItem", options, ["p"]);
    super({ p: options.p ?? 0.5 });
  }

  override encodes(x: unknown): unknown {
    return dihedralItem.find(x) ? dihedralItem(x, 1) : x;
  }
}

/** One of the eight symmetries of the square, each as likely. Source: AUG-2. */
export class DihedralItem extends RandTransform {
  /** Which symmetry, 0 to 7; drawn once per item. */
  k = 0;

  constructor(options: FlipItemOptions = {}) {
    checkOptions("DihedralItem", options, ["p"]);
    super({ p: options.p ?? 1 });
  }

  override beforeCall(b: unknown, splitIdx: SplitIdx, random: Random): void {
    super.beforeCall(b, splitIdx, random);
    this.k = random.int(8);
  }

  override encodes(x: unknown): unknown {
    return dihedralItem.find(x) ? dihedralItem(x, this.k) : x;
  }
}

register("vision.FlipItem", {
  cls: FlipItem,
  config: z.object({ p: z.number() }),
  toConfig: ({ p }) => ({ p }),
  fromConfig: (config) => new FlipItem(config),
});
register("vision.DihedralItem", {
  cls: DihedralItem,
  config: z.object({ p: z.number() }),
  toConfig: ({ p }) => ({ p }),
  fromConfig: (config) => new DihedralItem(config),
});
