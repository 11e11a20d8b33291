/** Crops, pads and resizes images: the one geometric step that all item transforms are made of. */

import { ValueError } from "../torch/index.js";
import { type CropPadRequest, nativeImage } from "./native-image.js";
import { type Pixels, PlanarPixels, TensorPixels } from "./pixels.js";

/** What fills pixels outside the image: black, the nearest border pixel, or the mirror image. Source: AUG-3. */
export type PadMode = "zeros" | "border" | "reflection";

/** How values between pixels are found: averaged (photos), or the nearest one (masks). */
export type Filter = "bilinear" | "nearest";

/** [width, height] in pixels, as images count; options of transforms name `[height, width]` as fastai's do. */
export type Size = readonly [width: number, height: number];

/** A rectangle in pixels of the image; it may reach outside. */
export interface CropWindow {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The size of an image. */
interface Frame {
  readonly width: number;
  readonly height: number;
}

/** What happens to a crop. */
export interface CropPadOptions {
  /** Default `"zeros"`. */
  padMode?: PadMode;
  /** Size after the crop. Default: the window's. */
  resizeTo?: Size;
  /** Default `"bilinear"`. */
  filter?: Filter;
}

const padModes: readonly PadMode[] = ["zeros", "border", "reflection"];
const filters: readonly Filter[] = ["bilinear", "nearest"];

/** Checks an option that is one of a few words. */
export function oneOf<T extends string>(where: string, name: string, value: T, known: readonly T[]): T {
  if (known.includes(value)) return value;
  throw new ValueError(`${where}: expected ${name} to be ${known.map((k) => `"${k}"`).join(" or ")}, got "${value}".`);
}

/** Checks a pad mode that a user gave. */
export const checkPadMode = (where: string, value: PadMode) => oneOf(where, "padMode", value, padModes);

/** Whether a window of this size is the image itself. */
export function isWhole(image: Frame, window: CropWindow, [width, height]: Size): boolean {
  const same = window.width === image.width && window.height === image.height && width === image.width;
  return same && height === image.height && window.left === 0 && window.top === 0;
}

/**
 * The window of an image, what lies outside filled in, then resized as Pillow resizes (equal to the last bit).
 * Runs on another thread. Returns planes, as what comes next is a tensor most of the time, or the image itself when nothing
 * changes. Source: AUG-3, AUG-5, fastai `crop_pad`.
 */
export async function cropPad(image: Pixels, window: CropWindow, options: CropPadOptions = {}): Promise<Pixels> {
  if (isWhole(image, window, options.resizeTo ?? [window.width, window.height])) return image;
  return new PlanarPixels(await nativeImage.cropPadAsync(image, cropPadRequest(window, options)));
}

/** A crop in the addon's terms. */
export function cropPadRequest(window: CropWindow, options: CropPadOptions): CropPadRequest {
  const { padMode = "zeros", resizeTo = [window.width, window.height], filter = "bilinear" } = options;
  const [outWidth, outHeight] = resizeTo;
  return { ...window, outWidth, outHeight, padMode: padModes.indexOf(padMode), filter: filters.indexOf(filter) };
}

/** The k-th symmetry of the square (0 to 7): mirror x for 1 3 4 7, mirror y for 2 4 5 7, then transpose for 3 5 6 7. Source: AUG-2. */
export function dihedral(image: Pixels, k: number): Pixels {
  if (k === 0) return image;
  return new TensorPixels(nativeImage.dihedral(image, k));
}
