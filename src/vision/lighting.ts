/** Changes of light and colour of batches, several in one pass. Source: AUG-18 … AUG-21. */
import * as z from "zod";
import { dispatch, type Random, RandTransform, type SplitIdx, TensorImage } from "../data/index.js";
import { checkOptions, type Tensor, ValueError } from "../torch/index.js";
import { register } from "../torch/registry.js";
import type { DrawOptions } from "./batch-draw.js";
import { hsv2rgb, rgb2hsv } from "./hsv.js";
import {
  brightnessPart,
  contrastPart,
  grayscale,
  greyWeights,
  type HueSettings,
  huePart,
  type LightingPart,
  type LightingSettings,
  lightingParts,
  perImage,
  saturationPart,
} from "./lighting-parts.js";

/** A way to another space of colours and back. */
export interface ColorSpace {
  readonly to: (x: Tensor) => Tensor;
  readonly from: (x: Tensor) => Tensor;
}

/** log(x / (1 - x)) of each value, kept 1e-7 away from 0 and 1; back by the sigmoid. Source: AUG-18. */
export const logitSpace: ColorSpace = { to: (x) => x.logit({ eps: 1e-7 }), from: (x) => x.sigmoid_() };
/** Hue, saturation, value. */
export const hsvSpace: ColorSpace = { to: rgb2hsv, from: hsv2rgb };

type Linear = readonly [scale: number, shift: number, grey: number];

const greyOfWhite = greyWeights.reduce((sum, weight) => sum + weight, 0); // not quite 1

/** For each image, what was done to it so far, and then by another part. */
function andThen(before: readonly Linear[], part: LightingPart, values: readonly number[]): Linear[] {
  return values.map((value, i) => {
    const [scale, shift, grey = 0] = part.linear?.(value) ?? [1, 0];
    const [oldScale, oldShift, oldGrey] = before[i] ?? [1, 0, 0];
    return [
      oldScale * scale,
      oldShift * (scale + grey * greyOfWhite) + shift,
      oldGrey * (scale + grey * greyOfWhite) + grey * oldScale,
    ];
  });
}

/** Several parts that only multiply and add, as three numbers for each image. */
export function linearChange(parts: readonly LightingPart[], draws: readonly (readonly number[])[]): Linear[] {
  return parts.reduce<Linear[]>((changes, part, k) => andThen(changes, part, draws[k] ?? []), []);
}

/** Applies changes one after the other in a space; neighbours that only multiply and add are one operation. */
function applyParts(x: Tensor, parts: readonly LightingPart[], draws: readonly (readonly number[])[]): Tensor {
  let y = x;
  let pending: Linear[] = [];
  const flush = () => {
    if (pending.some(([scale, shift, grey]) => scale !== 1 || shift !== 0 || grey !== 0)) {
      const [scales, shifts, greys] = [0, 1, 2].map((k) =>
        perImage(
          y,
          pending.map((change) => change[k] ?? 0),
        ),
      ) as [Tensor, Tensor, Tensor];
      const moved = shifts.addcmul(y, scales);
      y = pending.some(([, , grey]) => grey !== 0) ? moved.addcmul_(grayscale(y), greys) : moved;
    }
    pending = [];
  };
  parts.forEach((part, k) => {
    const values = draws[k] ?? [];
    if (part.linear) {
      pending = andThen(pending, part, values);
      return;
    }
    flush();
    y = part.apply(y, values);
  });
  flush();
  return y;
}

/** What a colour step does. */
export interface SpaceTfmOptions {
  /** The changes, in the order they apply. */
  parts?: readonly LightingPart[];
}

/**
 * Applies changes to images (float, 0..1) in another space of colours. Several such transforms of one space become one
 * by `compose`. Training only. Source: fastai `SpaceTfm`.
 */
export class SpaceTfm extends RandTransform {
  override order = 40;
  parts: readonly LightingPart[];
  /** One list of draws for each part. */
  draws: readonly (readonly number[])[] = [];

  constructor(
    readonly space: ColorSpace,
    options: SpaceTfmOptions = {},
  ) {
    super();
    this.parts = options.parts ?? [];
    Object.defineProperty(this, "space", { enumerable: false });
  }

  /** Takes over the changes of another. Returns itself. */
  compose(other: SpaceTfm): this {
    this.parts = [...this.parts, ...other.parts];
    return this;
  }

  override beforeCall(b: unknown, _splitIdx: SplitIdx, random: Random): void {
    let x = b;
    while (Array.isArray(x)) x = x[0];
    this.draws = x instanceof TensorImage ? this.parts.map((part) => part.draw(x, random)) : [];
  }

  override encodes = dispatch([
    TensorImage,
    (x) =>
      this.space.from(applyParts(this.space.to(x), this.parts, this.draws)).as(x.constructor as typeof TensorImage),
  ]);

  override toString(): string {
    return `${this.name}{${this.parts.map((part) => part.kind).join(", ")}}`;
  }
}

/** Changes in logit space. Source: AUG-18. */
export class LightingTfm extends SpaceTfm {
  constructor(options: SpaceTfmOptions = {}) {
    super(logitSpace, options);
  }
}

/** Changes of hue, saturation and value. Source: AUG-21. */
export class HSVTfm extends SpaceTfm {
  constructor(options: SpaceTfmOptions = {}) {
    super(hsvSpace, options);
  }
}

/** Settings of one change, or (when a file is read) the changes themselves. */
export type LightingOptions<S> = S & SpaceTfmOptions;

const keys = ["p", "draw", "batch", "parts"];

function partsOf<S extends DrawOptions>(
  where: string,
  { parts, ...settings }: LightingOptions<S>,
  own: string,
  part: (settings: S) => LightingPart,
): SpaceTfmOptions {
  checkOptions(where, settings, [own, ...keys]);
  // What is left of the options after `parts` are the settings.
  return { parts: parts ?? [part(settings as unknown as S)] };
}

/** Lighter or darker, by `maxLighting` (0.2) with probability `p` (0.75). Source: AUG-18. */
export class Brightness extends LightingTfm {
  constructor(options: LightingOptions<LightingSettings> = {}) {
    super(partsOf("Brightness", options, "maxLighting", brightnessPart));
  }
}

/** More or less contrast, by `maxLighting` (0.2) with probability `p` (0.75). Source: AUG-19. */
export class Contrast extends LightingTfm {
  constructor(options: LightingOptions<LightingSettings> = {}) {
    super(partsOf("Contrast", options, "maxLighting", contrastPart));
  }
}

/** More or less colour, by `maxLighting` (0.2) with probability `p` (0.75). Source: AUG-20. */
export class Saturation extends LightingTfm {
  constructor(options: LightingOptions<LightingSettings> = {}) {
    super(partsOf("Saturation", options, "maxLighting", saturationPart));
  }
}

/** Other hues, by `maxHue` (0.1) with probability `p` (0.75). Source: AUG-21. */
export class Hue extends HSVTfm {
  constructor(options: LightingOptions<HueSettings> = {}) {
    super(partsOf("Hue", options, "maxHue", huePart));
  }
}

const config = z.object({
  parts: z.array(z.object({ kind: z.string(), settings: z.record(z.string(), z.unknown()) })),
});

function registerLighting<T extends SpaceTfm>(
  name: string,
  cls: abstract new (...args: never[]) => T,
  make: (options: { parts: LightingPart[] }) => T,
): void {
  register(name, {
    cls,
    config,
    toConfig: ({ parts }) => ({
      parts: parts.map(({ kind, settings }) => {
        if (kind in lightingParts && typeof settings.draw !== "function") return { kind, settings: { ...settings } };
        throw new ValueError(`export: expected ${kind} to be described by numbers, got a function. Draw by numbers.`);
      }),
    }),
    fromConfig: ({ parts }) =>
      make({
        parts: parts.map(({ kind, settings }) => {
          const part = lightingParts[kind];
          if (!part)
            throw new ValueError(`${name}: expected one of ${Object.keys(lightingParts).join(", ")}, got "${kind}".`);
          // Each part checks what it reads; unknown settings are ignored.
          return part(settings as never);
        }),
      }),
  });
}

registerLighting("vision.LightingTfm", LightingTfm, (options) => new LightingTfm(options));
registerLighting("vision.HSVTfm", HSVTfm, (options) => new HSVTfm(options));
registerLighting("vision.Brightness", Brightness, (options) => new Brightness(options));
registerLighting("vision.Contrast", Contrast, (options) => new Contrast(options));
registerLighting("vision.Saturation", Saturation, (options) => new Saturation(options));
registerLighting("vision.Hue", Hue, (options) => new Hue(options));
