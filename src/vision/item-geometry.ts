/** The geometric steps of item transforms, by the class of the item: images, points, boxes. */
import { dispatch, type MaybePromise, TensorBBox, TensorImageBase, TensorMask, TensorPoint } from "../data/index.js";
import { cat, tensor } from "../torch/index.js";
import type { CropPadOptions, CropWindow, Filter, Size } from "./crop-window.js";
import { ImageItem, MaskImage } from "./image.js";

/** Everything a crop needs; points also need to know how large the image was. */
export interface CropRequest extends CropPadOptions {
  readonly window: CropWindow;
  readonly imageSize: Size;
  /** Resampling of photos and of masks. Default `["bilinear", "nearest"]`. */
  readonly resamples?: readonly [photo: Filter, mask: Filter];
}

const withSize = (p: TensorPoint, size: Size): TensorPoint => {
  p.meta.imgSize = [...size];
  return p;
};

/** Points in -1..1 of the image to -1..1 of the window: the crop as an affine map. Source: AUG-5. */
function cropPoints(points: TensorPoint, { window, imageSize, resizeTo }: CropRequest): TensorPoint {
  const size = tensor([window.width, window.height]);
  const scale = tensor([...imageSize]).div(size);
  const shift = tensor([window.left, window.top]).mul(2).div(size).add(1);
  const moved = points.add(1).mul(scale).sub(shift).as(TensorPoint);
  return withSize(moved, resizeTo ?? [window.width, window.height]);
}

const pointsOf = (boxes: TensorBBox) => boxes.view([-1, 2]).as(TensorPoint);
const boxesOf = (points: TensorPoint) => withSize(points.view([-1, 4]).as(TensorBBox), points.meta.imgSize as Size);

/** Crops, pads and resizes an item; what is neither image nor points passes through. */
export const cropPadItem = dispatch(
  [
    ImageItem,
    (image, request: CropRequest): MaybePromise<ImageItem> => {
      const filter = request.resamples?.[image instanceof MaskImage ? 1 : 0] ?? image.filter;
      const { padMode, resizeTo } = request;
      return image.cropPad(request.window, { filter, ...(padMode && { padMode }), ...(resizeTo && { resizeTo }) });
    },
  ],
  [TensorPoint, cropPoints],
  [TensorBBox, (boxes, request: CropRequest) => boxesOf(cropPoints(pointsOf(boxes), request))],
);

const mirrorsX = (k: number) => [1, 3, 4, 7].includes(k);
const mirrorsY = (k: number) => [2, 4, 5, 7].includes(k);
const swaps = (k: number) => [3, 5, 6, 7].includes(k);

function dihedralPoints(points: TensorPoint, k: number): TensorPoint {
  const signed = points.mul(tensor([mirrorsX(k) ? -1 : 1, mirrorsY(k) ? -1 : 1])).as(TensorPoint);
  const [width, height] = (points.meta.imgSize as Size | undefined) ?? [0, 0];
  if (width > 0) withSize(signed, swaps(k) ? [height, width] : [width, height]);
  return swaps(k) ? signed.flip(-1) : signed;
}

function dihedralTensor<T extends TensorImageBase>(x: T, k: number): T {
  const mirrored = [...(mirrorsX(k) ? [-1] : []), ...(mirrorsY(k) ? [-2] : [])];
  const y = mirrored.length ? x.flip(mirrored) : x;
  return swaps(k) ? y.transpose(-1, -2) : y;
}

/**
 * One of the eight symmetries of the square (0 to 7) of an image, a tensor [..., H, W], points or boxes; corners of boxes
 * stay in order (fastai's flip leaves left and right exchanged). Source: AUG-2.
 */
export const dihedralItem = dispatch(
  [ImageItem, (image, k: number) => image.dihedral(k)],
  [TensorImageBase, dihedralTensor],
  [TensorMask, dihedralTensor],
  [TensorPoint, dihedralPoints],
  [
    TensorBBox,
    (boxes, k: number) => {
      const corners = dihedralPoints(withSize(pointsOf(boxes), boxes.meta.imgSize as Size), k).view([-1, 2, 2]);
      const [low, high] = [corners.amin({ dim: 1 }), corners.amax({ dim: 1 })];
      return boxesOf(withSize(cat([low, high], 1).as(TensorPoint), boxes.meta.imgSize as Size));
    },
  ],
);
