/** Photos of a folder made smaller once, so that training need not read large ones again and again. Source: VLN-13. */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, extname, join, relative, resolve } from "node:path";
import { getImageFiles } from "../data/index.js";
import { checkOptions } from "../torch/index.js";
import { oneOf, type Size } from "./crop-window.js";
import { GrayImage, RgbImage } from "./image.js";
import { severalAtOnce } from "./several-at-once.js";
import { type BrokenImage, verifyImage } from "./verify-images.js";

/**
 * A size whose longer side (the shorter one with `useMin`) is `target`, in the same shape. Source: VLN-13, `resize_to`.
 *
 * @example
 * resizeTo([640, 480], 320); // [320, 240]
 */
export function resizeTo([width, height]: Size, target: number, options: { useMin?: boolean } = {}): Size {
  checkOptions("resizeTo", options, ["useMin"]);
  const side = options.useMin ? Math.min(width, height) : Math.max(width, height);
  const scaled = (length: number) => Math.max(1, Math.trunc((length * target) / side));
  return [scaled(width), scaled(height)];
}

/** What `resizeImages` may be told. */
export interface ResizeImagesOptions {
  /** Where copies go, below it as the originals lie below `path`. Default: over the originals. */
  dest?: string;
  /** Longest side; larger photos are made smaller. Default: none is. */
  maxSize?: number;
  /** 3: colours; 1: grey. Default 3. */
  nChannels?: 1 | 3;
  /** Ending, and thereby format, of what is written: ".jpg", ".png" or ".webp". Default: that of each file, else ".png". */
  ext?: string;
  /** Whether files that are there already are left alone. Default false. */
  resume?: boolean;
  /** Files at a time. Default 8. */
  concurrency?: number;
}

const keys = ["dest", "maxSize", "nChannels", "ext", "resume", "concurrency"] as const;
const formats: Record<string, "jpeg" | "png" | "webp"> = {
  ".jpg": "jpeg",
  ".jpeg": "jpeg",
  ".png": "png",
  ".webp": "webp",
};

/**
 * Writes a copy of every photo below a folder, no longer than `maxSize`, upright and in the wanted channels. What is small
 * enough and keeps its ending is copied as it is. Returns the files that could not be read; nothing is written for those.
 * Source: VLN-13, fastai `resize_images`.
 *
 * @example
 * const broken = await resizeImages("photos", { dest: "photos-400", maxSize: 400 });
 */
export async function resizeImages(path: string, options: ResizeImagesOptions = {}): Promise<BrokenImage[]> {
  checkOptions("resizeImages", options, keys);
  const { dest = path, maxSize = Number.POSITIVE_INFINITY, nChannels = 3, ext, resume = false } = options;
  if (ext !== undefined) oneOf("resizeImages", "ext", ext, Object.keys(formats));
  const one = async (file: string): Promise<BrokenImage | null> => {
    const wanted = ext ?? (formats[extname(file).toLowerCase()] ? extname(file) : ".png");
    const target = join(dest, `${relative(path, file).slice(0, -extname(file).length)}${wanted}`);
    if (resume && (await isThere(target))) return null;
    const broken = await verifyImage(file);
    if (broken) return broken;
    await mkdir(dirname(target), { recursive: true });
    const photo = await (nChannels === 1 ? GrayImage : RgbImage).open(file);
    const large = Math.max(...photo.size) > maxSize;
    if (!large && nChannels === 3 && wanted === extname(file)) {
      if (resolve(target) !== resolve(file)) await copyFile(file, target);
      return null;
    }
    const [width, height] = large ? resizeTo(photo.size, maxSize) : photo.size;
    const small = await photo.reshape(height, width, { filter: "bilinear" });
    await writeFile(target, await small.toBytesFormat(formats[wanted.toLowerCase()]));
    return null;
  };
  const found = await severalAtOnce(await getImageFiles(path), options.concurrency ?? 8, one);
  return found.filter((broken) => broken !== null);
}

const isThere = (file: string) => verifyImage(file).then((broken) => broken === null);
