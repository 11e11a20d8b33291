/** The usual augmentation of photos in one call. Source: AUG-23. */
import { type Transform, type TransformLike, type Transforms, transformList } from "../data/index.js";
import { checkOptions, ValueError } from "../torch/index.js";
import { AffineCoordTfm, type SampleOptions } from "./affine-coord-tfm.js";
import { Dihedral, Flip, Rotate, Warp, Zoom } from "./augment.js";
import { Brightness, Contrast, LightingTfm } from "./lighting.js";
import { RandomResizedCropGPU } from "./random-resized-crop-gpu.js";

/** Settings of `augTransforms`. */
export interface AugTransformsOptions extends Omit<SampleOptions, "modeMask"> {
  /** Multiplies `maxRotate`, `maxLighting` and `maxWarp`. Default 1. */
  mult?: number;
  /** Mirror left to right half of the time. Default true. */
  doFlip?: boolean;
  /** Also turn and mirror in all eight ways. Default false. */
  flipVert?: boolean;
  /** Degrees. Default 10. */
  maxRotate?: number;
  /** Default 1. */
  minZoom?: number;
  /** Default 1.1. */
  maxZoom?: number;
  /** Default 0.2. */
  maxLighting?: number;
  /** Default 0.2. */
  maxWarp?: number;
  /** The chance of each of warp, rotation and zoom. Default 0.75. */
  pAffine?: number;
  /** The chance of each of brightness and contrast. Default 0.75. */
  pLighting?: number;
  /** More transforms, put behind. */
  xtraTfms?: Transforms;
  /** The same draw for a whole batch. Default false. */
  batch?: boolean;
  /** Below 1: crops a square of at least this part of the area and resizes it to `size`. Default 1. */
  minScale?: number;
}

const known = [
  ...["mult", "doFlip", "flipVert", "maxRotate", "minZoom", "maxZoom", "maxLighting", "maxWarp", "pAffine"],
  ...["pLighting", "xtraTfms", "size", "mode", "padMode", "alignCorners", "batch", "minScale"],
];

/**
 * Merges all sampling steps into the first of them, and all changes in logit space likewise, so that a batch is
 * interpolated once. The others keep their place behind. Source: AUG-17, fastai `setup_aug_tfms`.
 */
export function setupAugTfms(tfms: Transforms): TransformLike[] {
  const list = transformList(tfms);
  const spatial = list.filter((tfm) => tfm instanceof AffineCoordTfm);
  const lighting = list.filter((tfm) => tfm instanceof LightingTfm);
  const others = list.filter((tfm) => !(tfm instanceof AffineCoordTfm || tfm instanceof LightingTfm));
  const merged: Transform[] = [];
  if (spatial[0]) merged.push(spatial.slice(1).reduce<AffineCoordTfm>((a, b) => a.compose(b), spatial[0]));
  if (lighting[0]) merged.push(lighting.slice(1).reduce<LightingTfm>((a, b) => a.compose(b), lighting[0]));
  return [...merged, ...others];
}

/**
 * Batch transforms for photos: mirror, warp, rotation, zoom, brightness, contrast, merged into two steps.
 * Source: AUG-23, AUG-24.
 *
 * @example
 * const batchTfms = [...augTransforms({ size: 224, minScale: 0.75 }), Normalize.fromStats(imagenetStats)];
 */
export function augTransforms(options: AugTransformsOptions = {}): TransformLike[] {
  checkOptions("augTransforms", options, known);
  const { mult = 1, doFlip = true, flipVert = false, minZoom = 1, maxZoom = 1.1, pAffine = 0.75 } = options;
  const { pLighting = 0.75, xtraTfms, size, mode, padMode, alignCorners, batch = false, minScale = 1 } = options;
  const maxRotate = (options.maxRotate ?? 10) * mult;
  const maxLighting = (options.maxLighting ?? 0.2) * mult;
  const maxWarp = (options.maxWarp ?? 0.2) * mult;
  const crops = minScale !== 1;
  if (crops && size === undefined) {
    throw new ValueError(
      `augTransforms: expected a size together with minScale ${minScale}, got none. Give size: 224, say.`,
    );
  }
  const common = {
    batch,
    ...(crops || size === undefined ? {} : { size }),
    ...defined({ mode, padMode, alignCorners }),
  };
  const tfms: TransformLike[] = [];
  if (doFlip) tfms.push(flipVert ? new Dihedral({ p: 0.5, ...common }) : new Flip({ p: 0.5, ...common }));
  if (maxWarp) tfms.push(new Warp({ magnitude: maxWarp, p: pAffine, ...common }));
  if (maxRotate) tfms.push(new Rotate({ maxDeg: maxRotate, p: pAffine, ...common }));
  if (minZoom < 1 || maxZoom > 1) tfms.push(new Zoom({ minZoom, maxZoom, p: pAffine, ...common }));
  if (maxLighting) {
    tfms.push(new Brightness({ maxLighting, p: pLighting, batch }), new Contrast({ maxLighting, p: pLighting, batch }));
  }
  if (crops && size !== undefined) tfms.push(new RandomResizedCropGPU(size, { minScale, ratio: [1, 1] }));
  return setupAugTfms([...tfms, ...transformList(xtraTfms)]);
}

/** Leaves out what is undefined, so that defaults apply further down. */
function defined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, v]) => v !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
