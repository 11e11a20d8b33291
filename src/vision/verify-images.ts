/** Finds broken image files before training does. Source: VLN-13. */
import { checkOptions } from "../torch/index.js";
import { RgbImage } from "./image.js";
import { ImageError } from "./image-error.js";
import { severalAtOnce } from "./several-at-once.js";

/** A file that cannot be used, and why. */
export interface BrokenImage {
  readonly file: string;
  readonly error: ImageError;
}

/** Decodes a file to its end; null when that works, else why not. Source: VLN-13, fastai `verify_image`. */
export async function verifyImage(file: string): Promise<BrokenImage | null> {
  try {
    await (await RgbImage.open(file)).decoded();
    return null;
  } catch (error) {
    if (error instanceof ImageError) return { file, error };
    throw error;
  }
}

/**
 * Decodes every file and returns those that fail, in order. Nothing is deleted. Source: VLN-13, fastai `verify_images`.
 *
 * @example
 * for (const { file, error } of await verifyImages(await getImageFiles(path))) console.warn(error.message);
 */
export async function verifyImages(
  files: readonly string[],
  options: { concurrency?: number } = {},
): Promise<BrokenImage[]> {
  checkOptions("verifyImages", options, ["concurrency"]);
  const found = await severalAtOnce(files, options.concurrency ?? 8, verifyImage);
  return found.filter((broken) => broken !== null);
}
