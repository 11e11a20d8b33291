/** Geometric augmentation of batches. Source: AUG-11 … AUG-15, AUG-25. */
import { checkOptions } from "../torch/index.js";
import { AffineCoordTfm, type AffineCoordTfmOptions, registerSpatial, type SampleOptions } from "./affine-coord-tfm.js";
import { DeterministicDraw, type DrawOptions } from "./batch-draw.js";
import {
  dihedralPart,
  flipPart,
  type RotateSettings,
  rotatePart,
  type SpatialPart,
  type WarpSettings,
  warpPart,
  type ZoomSettings,
  zoomPart,
} from "./spatial-parts.js";

const sampleKeys = ["size", "mode", "modeMask", "padMode", "alignCorners"] as const;
const drawKeys = ["p", "draw", "batch"];

/** Splits options into those of the part and those of the sampling step; refuses unknown ones. */
function split<S extends object>(
  where: string,
  options: S & SampleOptions & Pick<AffineCoordTfmOptions, "parts">,
  partKeys: readonly string[],
  part: (settings: S) => SpatialPart,
): AffineCoordTfmOptions {
  checkOptions(where, options, [...partKeys, ...sampleKeys, "parts"]);
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  const pick = (keys: readonly string[]) => Object.fromEntries(entries.filter(([key]) => keys.includes(key)));
  // checkOptions has seen that every key belongs to one of the two.
  return { ...pick(sampleKeys), parts: options.parts ?? [part(pick(partKeys) as S)] };
}

/** What every geometric transform takes beside its own settings; `parts` replaces them when a file is read. */
export type SpatialOptions<S> = S & SampleOptions & Pick<AffineCoordTfmOptions, "parts">;

/** Mirrors images left to right. `p` defaults to 0.5. Source: AUG-11. */
export class Flip extends AffineCoordTfm {
  constructor(options: SpatialOptions<DrawOptions> = {}) {
    super(split("Flip", options, drawKeys, flipPart));
  }
}

/** Applies one of the eight symmetries of the square. `p` defaults to 0.5. Source: AUG-12. */
export class Dihedral extends AffineCoordTfm {
  constructor(options: SpatialOptions<DrawOptions> = {}) {
    super(split("Dihedral", options, drawKeys, dihedralPart));
  }
}

/** Turns images by up to `maxDeg` (10) degrees. `p` defaults to 0.5. Source: AUG-13. */
export class Rotate extends AffineCoordTfm {
  constructor(options: SpatialOptions<RotateSettings> = {}) {
    super(split("Rotate", options, ["maxDeg", ...drawKeys], rotatePart));
  }
}

/** Enlarges images by `minZoom` (1) to `maxZoom` (1.1) around a random point. `p` defaults to 0.5. Source: AUG-14. */
export class Zoom extends AffineCoordTfm {
  constructor(options: SpatialOptions<ZoomSettings> = {}) {
    super(split("Zoom", options, ["minZoom", "maxZoom", "drawX", "drawY", ...drawKeys], zoomPart));
  }
}

/** Shows images as if from the side, corners moving by up to `magnitude` (0.2). `p` defaults to 0.5. Source: AUG-15. */
export class Warp extends AffineCoordTfm {
  constructor(options: SpatialOptions<WarpSettings> = {}) {
    super(split("Warp", options, ["magnitude", "drawX", "drawY", "p", "batch"], warpPart));
  }
}

/** Mirrors every other batch. Source: AUG-25. */
export class DeterministicFlip extends Flip {
  constructor(options: SampleOptions = {}) {
    super({ ...options, p: 1, draw: new DeterministicDraw([0, 1]).next });
  }
}

/** Goes through the eight symmetries, batch by batch. Source: AUG-25. */
export class DeterministicDihedral extends Dihedral {
  constructor(options: SampleOptions = {}) {
    super({ ...options, p: 1, draw: new DeterministicDraw([0, 1, 2, 3, 4, 5, 6, 7]).next });
  }
}

registerSpatial("vision.Flip", Flip, (options) => new Flip(options));
registerSpatial("vision.Dihedral", Dihedral, (options) => new Dihedral(options));
registerSpatial("vision.Rotate", Rotate, (options) => new Rotate(options));
registerSpatial("vision.Zoom", Zoom, (options) => new Zoom(options));
registerSpatial("vision.Warp", Warp, (options) => new Warp(options));
