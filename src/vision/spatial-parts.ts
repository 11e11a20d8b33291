/** The geometric changes that one sampling step can hold. Each draws one map for each image of a batch. Source: AUG-11 … AUG-15. */
import type { Random } from "../data/index.js";
import { type Tensor, ValueError } from "../torch/index.js";
import { type Draw, type DrawOptions, drawEach } from "./batch-draw.js";
import { affineMap, type Homography, warpMap } from "./homography.js";

/** One geometric change. */
export interface SpatialPart {
  /** What it is called in texts and in files. */
  readonly kind: string;
  /** Whether it is a linear map of pixels, which the image's shape must be taken into account for (AUG-16). */
  readonly affine: boolean;
  /** Its settings. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Draws a map for each image: where in the input a point of the output comes from. */
  draw(x: Tensor, random: Random): Homography[];
}

/** Mirrors left to right. Source: AUG-11. */
export function flipPart(settings: DrawOptions = {}): SpatialPart {
  return {
    kind: "flip",
    affine: true,
    settings: { ...settings },
    draw(x, random) {
      const flips = drawEach("Flip", x, settings, { random, sample: () => 1 });
      return flips.map((flip) => affineMap(1 - 2 * flip, 0, 0, 0, 1, 0));
    },
  };
}

const dihedralMaps: readonly Homography[] = [
  affineMap(1, 0, 0, 0, 1, 0),
  affineMap(-1, 0, 0, 0, 1, 0),
  affineMap(1, 0, 0, 0, -1, 0),
  affineMap(0, -1, 0, 1, 0, 0),
  affineMap(-1, 0, 0, 0, -1, 0),
  affineMap(0, 1, 0, -1, 0, 0),
  affineMap(0, 1, 0, 1, 0, 0),
  affineMap(0, -1, 0, -1, 0, 0),
];

/** One of the eight symmetries of the square. Source: AUG-12. */
export function dihedralPart(settings: DrawOptions = {}): SpatialPart {
  return {
    kind: "dihedral",
    affine: true,
    settings: { ...settings },
    draw(x, random) {
      const ks = drawEach("Dihedral", x, settings, { random, sample: () => random.int(8) });
      return ks.map((k) => {
        const map = dihedralMaps[k];
        if (map) return map;
        throw new ValueError(`Dihedral: expected draws from 0 to 7, got ${k}.`);
      });
    },
  };
}

/** Settings of a rotation. */
export interface RotateSettings extends DrawOptions {
  /** Angles are uniform between -maxDeg and maxDeg degrees. Default 10. */
  maxDeg?: number;
}

/** Turns around the middle. Source: AUG-13. */
export function rotatePart(settings: RotateSettings = {}): SpatialPart {
  const { maxDeg = 10 } = settings;
  return {
    kind: "rotate",
    affine: true,
    settings: { ...settings },
    draw(x, random) {
      const degrees = drawEach("Rotate", x, settings, { random, sample: () => random.uniform(-maxDeg, maxDeg) });
      return degrees.map((degree) => {
        const [cos, sin] = [Math.cos((degree * Math.PI) / 180), Math.sin((degree * Math.PI) / 180)];
        return affineMap(cos, sin, 0, -sin, cos, 0);
      });
    },
  };
}

/** Settings of a zoom. */
export interface ZoomSettings extends DrawOptions {
  /** Default 1. */
  minZoom?: number;
  /** Default 1.1. */
  maxZoom?: number;
  /** The centre, 0 left to 1 right. Default: uniform. */
  drawX?: Draw;
  /** The centre, 0 top to 1 bottom. Default: uniform. */
  drawY?: Draw;
}

/** Enlarges around a point. Source: AUG-14. */
export function zoomPart(settings: ZoomSettings = {}): SpatialPart {
  const { minZoom = 1, maxZoom = 1.1, batch = false, drawX, drawY } = settings;
  if (minZoom > maxZoom) throw new ValueError(`Zoom: expected minZoom <= maxZoom, got ${minZoom} and ${maxZoom}.`);
  return {
    kind: "zoom",
    affine: true,
    settings: { ...settings },
    draw(x, random) {
      const zooms = drawEach("Zoom", x, settings, {
        random,
        sample: () => random.uniform(minZoom, maxZoom),
        neutral: 1,
      });
      const centre = (draw: Draw | undefined) =>
        drawEach(
          "Zoom",
          x,
          { p: 1, batch, ...(draw === undefined ? {} : { draw }) },
          { random, sample: () => random.next() },
        );
      const [columns, rows] = [centre(drawX), centre(drawY)];
      return zooms.map((zoom, i) => {
        const s = 1 / zoom;
        return affineMap(s, 0, (1 - s) * (2 * (columns[i] ?? 0) - 1), 0, s, (1 - s) * (2 * (rows[i] ?? 0) - 1));
      });
    },
  };
}

/** Settings of a perspective warp. */
export interface WarpSettings extends Omit<DrawOptions, "draw"> {
  /** Corners move by up to this part of half the image. Default 0.2. */
  magnitude?: number;
  /** Fixed strength along x. */
  drawX?: Draw;
  /** Fixed strength along y. */
  drawY?: Draw;
}

/** Looks at the image from the side. Source: AUG-15. */
export function warpPart(settings: WarpSettings = {}): SpatialPart {
  const { magnitude = 0.2, drawX, drawY, ...rest } = settings;
  return {
    kind: "warp",
    affine: false,
    settings: { ...settings },
    draw(x, random) {
      const strength = (draw: Draw | undefined) =>
        drawEach(
          "Warp",
          x,
          { ...rest, ...(draw === undefined ? {} : { draw }) },
          {
            random,
            sample: () => random.uniform(-magnitude, magnitude),
          },
        );
      const [xs, ys] = [strength(drawX), strength(drawY)];
      return xs.map((dx, i) => warpMap(dx, ys[i] ?? 0));
    },
  };
}

/** The parts that files may name. */
export const spatialParts: Readonly<Record<string, (settings: never) => SpatialPart>> = {
  flip: flipPart,
  dihedral: dihedralPart,
  rotate: rotatePart,
  zoom: zoomPart,
  warp: warpPart,
};
