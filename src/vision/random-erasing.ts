/** Noise over a rectangle. Source: AUG-22. */
import * as z from "zod";
import { dispatch, type Random, RandTransform, type SplitIdx, TensorImage } from "../data/index.js";
import { checkOptions } from "../torch/index.js";
import { register } from "../torch/registry.js";
import { itemSize } from "./image-size.js";

/** Settings of `RandomErasing`. */
export interface RandomErasingOptions {
  /** The chance that a batch is changed. Default 0.5. */
  p?: number;
  /** Smallest part of the area. Default 0. */
  sl?: number;
  /** Largest part of the area. Default 0.3. */
  sh?: number;
  /** Lowest shape, height over width; the highest is its inverse. Default 0.3. */
  minAspect?: number;
  /** How many rectangles at most; they share the area. Default 1. */
  maxCount?: number;
}

/** Rows [top, bottom) and columns [left, right). */
export interface ErasedArea {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/**
 * Replaces random rectangles, the same for the whole batch, by N(0, 1): it belongs behind Normalize. Training only.
 * Source: AUG-22.
 */
export class RandomErasing extends RandTransform {
  override order = 100;
  readonly settings: Required<RandomErasingOptions>;
  /** What is erased; drawn once per batch. */
  areas: readonly ErasedArea[] = [];

  constructor(options: RandomErasingOptions = {}) {
    checkOptions("RandomErasing", options, ["p", "sl", "sh", "minAspect", "maxCount"]);
    const settings = { p: 0.5, sl: 0, sh: 0.3, minAspect: 0.3, maxCount: 1, ...options };
    super({ p: settings.p });
    this.settings = settings;
  }

  override beforeCall(b: unknown, splitIdx: SplitIdx, random: Random): void {
    super.beforeCall(b, splitIdx, random);
    const { sl, sh, minAspect, maxCount } = this.settings;
    const [width, height] = itemSize("RandomErasing", b);
    const count = 1 + random.int(maxCount);
    const span = (area: number, side: number): [number, number] => {
      const length = Math.round(Math.sqrt(area));
      const from = random.int(Math.max(side - length, 0) + 1);
      return [from, Math.min(from + length, side)];
    };
    this.areas = Array.from({ length: count }, () => {
      const area = (random.uniform(sl, sh) * width * height) / count;
      const aspect = Math.exp(random.uniform(Math.log(minAspect), -Math.log(minAspect)));
      const [top, bottom] = span(area * aspect, height);
      const [left, right] = span(area / aspect, width);
      return { top, bottom, left, right };
    });
  }

  override encodes = dispatch([
    TensorImage,
    (x) => {
      const y = x.clone();
      for (const { top, bottom, left, right } of this.areas) {
        y.narrow(-2, top, bottom - top)
          .narrow(-1, left, right - left)
          .normal_();
      }
      return y;
    },
  ]);
}

register("vision.RandomErasing", {
  cls: RandomErasing,
  config: z.object({ p: z.number(), sl: z.number(), sh: z.number(), minAspect: z.number(), maxCount: z.number() }),
  toConfig: ({ settings }) => ({ ...settings }),
  fromConfig: (settings) => new RandomErasing(settings),
});
