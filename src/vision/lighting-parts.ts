/** Changes of light and colour, each drawing one number for each image. Source: AUG-18 … AUG-21. */
import type { Random } from "../data/index.js";
import { cat, type Tensor, tensor } from "../torch/index.js";
import { type DrawOptions, drawEach } from "./batch-draw.js";

/** x * scale + shift + grayscale(x) * grey; where `grey` is left out, any number of channels will do. */
export type LinearChange = readonly [scale: number, shift: number, grey?: number];

/** One change of light or colour. */
export interface LightingPart {
  /** What it is called in texts and in files. */
  readonly kind: string;
  /** Its settings. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Draws a number for each image. */
  draw(x: Tensor, random: Random): number[];
  /** As a number to multiply with, one to add, and one to multiply the grey with, where the change is no more than that. */
  linear?(value: number): LinearChange;
  /** As a part of a turn of the circle of hues, where the change is no more than that. */
  turn?(value: number): number;
  /** Changes a batch [N, C, H, W] in the part's space. */
  apply(x: Tensor, values: readonly number[]): Tensor;
}

/** One number for each image, to be combined with [N, C, H, W]. */
export function perImage(x: Tensor, values: readonly number[]): Tensor {
  return tensor(Float32Array.from(values), { device: x.device }).view([-1, 1, 1, 1]).to(x.dtype);
}

/** log(x / (1 - x)), with x kept 1e-7 away from 0 and 1. Source: TOR-11. */
export function logit(x: number): number {
  const inside = Math.min(Math.max(x, 1e-7), 1 - 1e-7);
  return Math.log(inside / (1 - inside));
}

// exp of a uniform number between log(1 - m) and -log(1 - m): as often halved as doubled.
const factor = (m: number, random: Random) => Math.exp(random.uniform(Math.log(1 - m), -Math.log(1 - m)));

/** Settings of brightness, contrast and saturation. */
export interface LightingSettings extends DrawOptions {
  /** How much light may change, 0 to below 1. Default 0.2. */
  maxLighting?: number;
}

const p = 0.75;

/** Adds to the logits. A draw of 0.5 changes nothing. Source: AUG-18. */
export function brightnessPart(settings: LightingSettings = {}): LightingPart {
  const { maxLighting = 0.2 } = settings;
  return {
    kind: "brightness",
    settings: { ...settings },
    draw(x, random) {
      const sample = () => random.uniform(0.5 * (1 - maxLighting), 0.5 * (1 + maxLighting));
      return drawEach("Brightness", x, { p, ...settings }, { random, sample, neutral: 0.5 });
    },
    linear: (change) => [1, logit(change)],
    apply: (x, changes) => x.add(perImage(x, changes.map(logit))),
  };
}

/** Multiplies the logits. A draw of 1 changes nothing. Source: AUG-19. */
export function contrastPart(settings: LightingSettings = {}): LightingPart {
  const { maxLighting = 0.2 } = settings;
  return {
    kind: "contrast",
    settings: { ...settings },
    draw(x, random) {
      const sample = () => factor(maxLighting, random);
      return drawEach("Contrast", x, { p, ...settings }, { random, sample, neutral: 1 });
    },
    linear: (change) => [change, 0],
    apply: (x, changes) => x.mul(perImage(x, changes)),
  };
}

/** Mixes the logits with their grey, or away from it. A draw of 1 changes nothing. Source: AUG-20. */
export function saturationPart(settings: LightingSettings = {}): LightingPart {
  const { maxLighting = 0.2 } = settings;
  return {
    kind: "saturation",
    settings: { ...settings },
    draw(x, random) {
      const sample = () => factor(maxLighting, random);
      return drawEach("Saturation", x, { p, ...settings }, { random, sample, neutral: 1 });
    },
    linear: (change) => [change, 0, 1 - change],
    apply(x, changes) {
      const change = perImage(x, changes);
      return x.mul(change).add(grayscale(x).mul(change.neg().add(1)));
    },
  };
}

/** Settings of a change of hue. */
export interface HueSettings extends DrawOptions {
  /** How far around the colour circle, 0 to below 1. Default 0.1. */
  maxHue?: number;
}

/** Turns the colour circle of HSV images; draws lie around 1, a whole turn. Source: AUG-21. */
export function huePart(settings: HueSettings = {}): LightingPart {
  const { maxHue = 0.1 } = settings;
  return {
    kind: "hue",
    settings: { ...settings },
    draw(x, random) {
      return drawEach("Hue", x, { p, ...settings }, { random, sample: () => factor(maxHue, random), neutral: 0 });
    },
    turn: (change) => change,
    apply(x, changes) {
      const turned = x.narrow(1, 0, 1).add(perImage(x, changes)).remainder(1);
      return cat([turned, x.narrow(1, 1, 2)], 1);
    },
  };
}

/** Shares of red, green and blue in brightness, of ITU-R 601-2. */
export const greyWeights = [0.2989, 0.587, 0.114] as const;

/** Brightness of each pixel by the weights of ITU-R 601-2: [N, 3, H, W] -> [N, 1, H, W]. Source: AUG-20. */
export function grayscale(x: Tensor): Tensor {
  const weights = tensor([...greyWeights], { device: x.device })
    .to(x.dtype)
    .view([1, 3, 1, 1]);
  return x.mul(weights).sum(1, { keepdim: true });
}

/** The parts that files may name. */
export const lightingParts: Readonly<Record<string, (settings: never) => LightingPart>> = {
  brightness: brightnessPart,
  contrast: contrastPart,
  saturation: saturationPart,
  hue: huePart,
};
