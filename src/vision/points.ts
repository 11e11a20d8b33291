/** Points and boxes in images. Source: VCO-5, VCO-6. */
import * as z from "zod";
import { ItemTransform, isTuple, TensorBBox, TensorImageBase, TensorPoint } from "../data/index.js";
import { checkOptions, type NestedArray, Tensor, tensor, ValueError } from "../torch/index.js";
import { register, registerConstant } from "../torch/registry.js";
import type { Size } from "./crop-window.js";
import { ImageItem } from "./image.js";
import { itemSize } from "./image-size.js";

const floats = (x: unknown): Tensor =>
  x instanceof Tensor ? x.float() : tensor(x as NestedArray, { dtype: "float32" });

/** So many numbers each: [n, width]. */
function rowsFrom(where: string, x: unknown, width: 2 | 4, names: string): Tensor {
  const all = floats(x);
  const finite = all.isfinite().all().item();
  if (all.numel() % width === 0 && finite) return all.view([-1, width]);
  const got = finite ? `${all.numel()} numbers of shape [${all.shape}]` : "NaN or infinity among the numbers";
  throw new ValueError(`${where}: expected ${names} in pixels, got ${got}. Look at what getY gives for this item.`);
}

/** Numbers or a tensor as points (x, y): float [n, 2]. Throws when they are no pairs of numbers. Source: VCO-5. */
export const pointsFrom = registerConstant(
  "vision.pointsFrom",
  (x: unknown): TensorPoint => rowsFrom("PointBlock", x, 2, "pairs x, y").as(TensorPoint),
);

/** Numbers or a tensor as boxes (x1, y1, x2, y2): float [n, 4]. Throws when they are no fours of numbers. Source: VCO-6. */
export const boxesFrom = registerConstant(
  "vision.boxesFrom",
  (x: unknown): TensorBBox => rowsFrom("BBoxBlock", x, 4, "boxes x1, y1, x2, y2").as(TensorBBox),
);

/** Throws when boxes in pixels have nothing of their image in them, or their corners exchanged. */
function checkBoxes(boxes: Tensor, [width, height]: Size): void {
  for (const [i, [x1 = 0, y1 = 0, x2 = 0, y2 = 0]] of (boxes.view([-1, 4]).toArray() as number[][]).entries()) {
    const outside = x1 >= width || y1 >= height || x2 <= 0 || y2 <= 0;
    if (x2 >= x1 && y2 >= y1 && !outside) continue;
    const got = `box ${i} from (${x1}, ${y1}) to (${x2}, ${y2})`;
    const expected = outside ? `boxes that lie in their image of ${width} x ${height}` : "corners x1 <= x2, y1 <= y2";
    throw new ValueError(
      `PointScaler: expected ${expected}, got ${got}. Give pixels of this image, left, top, right, bottom ` +
        "(COCO files have left, top, width, height), or leave the box out.",
    );
  }
}

/** Settings of `PointScaler`. */
export interface PointScalerOptions {
  /** Whether to scale pixels to -1..1. Default true. */
  doScale?: boolean;
  /** Whether points come as (y, x). Default false. */
  yFirst?: boolean;
}

/**
 * Scales points and boxes from pixels to -1..1 of the image they belong to, the first of the tuple; decoding gives pixels
 * back. Throws `ValueError` for a box that lies outside of its image. Source: VCO-5.
 */
export class PointScaler extends ItemTransform {
  // Before everything that moves points, which takes them as -1..1: at fastai's 1, flips and crops of order 0 see pixels.
  override order = -1;
  readonly doScale: boolean;
  readonly yFirst: boolean;
  /** How many numbers one item has; known once the loader is set up. */
  c: number | undefined;

  constructor(options: PointScalerOptions = {}) {
    super();
    checkOptions("PointScaler", options, ["doScale", "yFirst"]);
    this.doScale = options.doScale ?? true;
    this.yFirst = options.yFirst ?? false;
  }

  override encodes(x: unknown): unknown {
    const size = imageSizeIn(x);
    return eachPoint(x, (points) => {
      this.c ??= points.numel();
      const size2 = size ?? (points.meta.imgSize as Size | undefined);
      if (!size2)
        throw new ValueError("PointScaler: expected an image beside the points, got none. Put the image first.");
      const xy = this.yFirst ? swapPairs(points) : points;
      if (points instanceof TensorBBox) checkBoxes(xy, size2);
      const pairs = xy.view([-1, 2]);
      const scaled = this.doScale
        ? pairs
            .mul(2)
            .div(tensor([...size2]))
            .sub(1)
        : pairs;
      return like(scaled, points, size2);
    });
  }

  override decodes(x: unknown): unknown {
    const size = imageSizeIn(x);
    return eachPoint(x, (points) => {
      const size2 = size ?? (points.meta.imgSize as Size | undefined);
      if (!size2) return points;
      return like(
        points
          .view([-1, 2])
          .add(1)
          .mul(tensor([...size2]))
          .div(2),
        points,
        size2,
      );
    });
  }
}

function imageSizeIn(x: unknown): Size | undefined {
  const parts = isTuple(x) ? x : [x];
  const image = parts.find((part) => part instanceof ImageItem || part instanceof TensorImageBase);
  return image === undefined ? undefined : itemSize("PointScaler", image);
}

function eachPoint(x: unknown, fn: (points: TensorPoint) => TensorPoint): unknown {
  const one = (part: unknown) => (part instanceof TensorPoint ? fn(part) : part);
  return isTuple(x) ? x.map(one) : one(x);
}

/** (y, x) to (x, y). */
const swapPairs = (points: TensorPoint): Tensor => points.view([-1, 2]).flip(-1);

function like(pairs: Tensor, source: TensorPoint, size: Size): TensorPoint {
  const out = source instanceof TensorBBox ? pairs.view([-1, 4]).as(TensorBBox) : pairs.as(TensorPoint);
  out.meta.imgSize = [...size];
  return out;
}

register("vision.PointScaler", {
  cls: PointScaler,
  config: z.object({ doScale: z.boolean(), yFirst: z.boolean(), c: z.number().optional() }),
  toConfig: ({ doScale, yFirst, c }) => ({ doScale, yFirst, ...(c === undefined ? {} : { c }) }),
  fromConfig: ({ c, ...options }) => Object.assign(new PointScaler(options), c === undefined ? {} : { c }),
});
