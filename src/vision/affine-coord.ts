/** Geometric changes of batches: images and masks are sampled, points and boxes go the way back. Source: AUG-9, AUG-17. */
import { dispatch, TensorBBox, TensorImage, TensorMask, TensorPoint } from "../data/index.js";
import {
  adaptiveAvgPool2d,
  affineGridGenerator,
  gridSampler,
  stack,
  type Tensor,
  tensor,
  where,
} from "../torch/index.js";
import type { PadMode, Size } from "./crop-window.js";
import { type Homography, identityMap, invert, isAffine, isIdentity, packMaps, spread } from "./homography.js";
import { augmentMasks, augmentsOn } from "./native-augment.js";

/** How pixels between others are found in a batch. */
export type SampleMode = "bilinear" | "nearest" | "bicubic";

/**
 * A change of coordinates that is no 3 x 3 map. `coords` [N, H, W, 2] (or points [N, n, 2]) say where in the input each
 * output point comes from; `inverse` asks for the way back, for points.
 */
export type CoordFunc = (coords: Tensor, options: { inverse: boolean }) => Tensor;

/** A geometric change and how to sample it. */
export interface AffineCoordOptions {
  /** A map for each image. Default: none, only the size changes. */
  maps?: readonly Homography[];
  /** Further changes of coordinates, applied after the maps. */
  coordFuncs?: readonly CoordFunc[];
  /** [height, width] of the output. Default: as it is. */
  size?: readonly [height: number, width: number];
  /** Default `"bilinear"`, masks `"nearest"`. */
  mode?: SampleMode;
  /** Default `"reflection"`. */
  padMode?: PadMode;
  /** Whether -1 and 1 are the centres of the border pixels (true) or their outer edges. Default true. */
  alignCorners?: boolean;
}

// Numbers of aten::grid_sampler.
const modeCodes: Record<SampleMode, number> = { bilinear: 0, nearest: 1, bicubic: 2 };
/** The same for what lies beyond the border. */
export const padCodes: Record<PadMode, number> = { zeros: 0, border: 1, reflection: 2 };

function mapsTensor(maps: readonly Homography[], x: Tensor): Tensor {
  return tensor(packMaps(maps), { device: x.device }).view([-1, 3, 3]);
}

/** Where each output pixel comes from, [N, H, W, 2]. One small copy to the device, whatever the maps. */
function coordinates(
  x: Tensor,
  maps: readonly Homography[],
  size: readonly [number, number],
  alignCorners: boolean,
): Tensor {
  const [n = 0, c = 0] = x.shape;
  const matrices = mapsTensor(maps, x);
  if (maps.every(isAffine)) return affineGridGenerator(matrices.narrow(1, 0, 2), [n, c, ...size], alignCorners);
  const unit = mapsTensor([identityMap], x).narrow(1, 0, 2);
  const grid = affineGridGenerator(unit, [1, c, ...size], alignCorners).view([1, -1, 2]);
  const mapped = mapPoints(grid.expand([n, -1, 2]), matrices); // [N, H * W, 2]
  return mapped.view([n, ...size, 2]);
}

/** points [N, n, 2], matrices [N, 3, 3] -> [N, n, 2] */
function mapPoints(points: Tensor, matrices: Tensor): Tensor {
  const linear = matrices.narrow(2, 0, 2).transpose(1, 2); // [N, 2, 3]
  const shift = matrices.narrow(2, 2, 1).transpose(1, 2); // [N, 1, 3]
  const homogeneous = points.matmul(linear).add(shift);
  return homogeneous.narrow(2, 0, 2).div(homogeneous.narrow(2, 2, 1));
}

/**
 * Sampling reads at most four pixels, so an image that shrinks by more than half would lose the rest: it is averaged
 * down first, by this factor, unless the map enlarges as much. 1: not at all. `reach`: how far apart the map's lowest and
 * highest coordinate are. Source: AUG-9; fastai's code compares the sides with the wrong ones unless both images are
 * square.
 */
export function shrinkFactor(
  from: readonly [height: number, width: number],
  to: readonly [height: number, width: number],
  reach: () => number,
): number {
  const factor = Math.min(from[0] / to[0], from[1] / to[1]) / 2;
  return factor <= 1 || factor <= 2 / reach() ? 1 : factor;
}

function shrinkFirst(x: Tensor, size: readonly [number, number], reach: () => number): Tensor {
  const [height = 1, columns = 1] = x.shape.slice(-2);
  const factor = shrinkFactor([height, columns], size, reach);
  return factor === 1 ? x : adaptiveAvgPool2d(x, [Math.floor(height / factor), Math.floor(columns / factor)]);
}

function sample(x: Tensor, options: AffineCoordOptions, mode: SampleMode): Tensor {
  const { coordFuncs = [], padMode = "reflection", alignCorners = true } = options;
  const [n = 0, , height = 0, width = 0] = x.shape;
  const size = options.size ?? [height, width];
  const maps = options.maps ?? new Array<Homography>(n).fill(identityMap);
  const unchanged = coordFuncs.length === 0 && size[0] === height && size[1] === width && maps.every(isIdentity);
  if (unchanged) return x;
  let coords = coordinates(x, maps, size, alignCorners);
  for (const fn of coordFuncs) coords = fn(coords, { inverse: false });
  const reach = () => (coordFuncs.length ? Number(coords.max().sub(coords.min()).item()) : spread(maps));
  const source = mode === "bilinear" ? shrinkFirst(x, size, reach) : x;
  return gridSampler(source, coords, modeCodes[mode], padCodes[padMode], alignCorners);
}

function movePoints(points: Tensor, { maps, coordFuncs = [] }: AffineCoordOptions): Tensor {
  let moved = points;
  for (const fn of [...coordFuncs].reverse()) moved = fn(moved, { inverse: true });
  return maps ? mapPoints(moved, mapsTensor(maps.map(invert), points)) : moved;
}

function withImageSize<T extends TensorPoint>(points: T, source: TensorPoint, size?: readonly [number, number]): T {
  const imgSize: Size | unknown = size ? [size[1], size[0]] : source.meta.imgSize;
  if (imgSize !== undefined) points.meta.imgSize = imgSize;
  return points;
}

function sampleImage(x: TensorImage, options: AffineCoordOptions): TensorImage {
  const sampled = sample(x, options, options.mode ?? "bilinear");
  return sampled === x ? x : sampled.as(x.constructor as typeof TensorImage);
}

/** Class numbers by the nearest pixel, natively where maps say it all; null elsewhere. */
function nearestMask(x: TensorMask, options: AffineCoordOptions): Tensor | null {
  const { maps, coordFuncs = [], padMode = "reflection", alignCorners = true } = options;
  const plain = x.ndim === 3 && ["uint8", "int64"].includes(x.dtype) && x.numel() > 0;
  if (!plain || coordFuncs.length > 0 || (options.mode ?? "nearest") !== "nearest" || !augmentsOn(x)) return null;
  const [n = 0, height = 0, width = 0] = x.shape;
  return augmentMasks(x.contiguous(), tensor(packMaps(maps ?? new Array<Homography>(n).fill(identityMap))), {
    size: options.size ?? [height, width],
    padding: padCodes[padMode],
    align_corners: alignCorners,
  });
}

function sampleMask(x: TensorMask, options: AffineCoordOptions): TensorMask {
  const nearest = nearestMask(x, options);
  if (nearest) return nearest.as(TensorMask);
  const planes = x.ndim === 3 ? x.unsqueeze(1) : x;
  const sampled = sample(planes.float(), options, options.mode ?? "nearest").to("int64");
  return (x.ndim === 3 ? sampled.squeeze(1) : sampled).as(TensorMask);
}

function moveBoxes(boxes: TensorBBox, options: AffineCoordOptions): TensorBBox {
  const [n = 0, count = 0] = boxes.shape;
  const side = (i: number) => boxes.select(-1, i);
  const corners = stack([0, 1, 0, 3, 2, 1, 2, 3].map(side), -1).view([n, count * 4, 2]);
  const moved = movePoints(corners, options).view([n, count, 4, 2]);
  const around = stack([moved.amin({ dim: 2 }), moved.amax({ dim: 2 })], 2).view([n, count, 4]);
  // Boxes that only pad a batch (all zeros) stay zeros.
  const real = boxes.ne(0).any(-1, { keepdim: true });
  return withImageSize(where(real, around, boxes).as(TensorBBox), boxes, options.size);
}

/**
 * Applies a geometric change to a batch: TensorImage [N, C, H, W] and TensorMask [N, H, W] are sampled with one
 * interpolation, TensorPoint [N, n, 2] and TensorBBox [N, n, 4] (in -1..1) move with the picture. Anything else passes
 * through. Source: AUG-9, AUG-17, fastai `affine_coord`.
 */
export const affineCoord = dispatch(
  [TensorImage, sampleImage],
  [TensorMask, sampleMask],
  [
    TensorPoint,
    (x, options: AffineCoordOptions) => withImageSize(movePoints(x, options).as(TensorPoint), x, options.size),
  ],
  [TensorBBox, moveBoxes],
);
