/** Finds broken image files before training does. */
import { checkOptions } from "../torch/index.js";
import { RgbImage } from "./image.js";
import { ImageError } from "./image-error.js";

/** A file that cannot be used, and why. */
export interface BrokenImage {
  readonly file: string;
  readonly error: ImageError;
}

/**
 * Decodes every file and returns those that fail, in order. Nothing is deleted. Source: fastai `verify_images`.
 *
 * @example
 * for (const { file, error } of await verifyImages(await getImageFiles(path))) console.warn(error.message);
 */
export async function verifyImages(
  files: readonly string[],
  options: { concurrency?: number } = {},
): Promise<BrokenImage[]> {
  checkOptions("verifyImages", options, ["concurrency"]);
  const { concurrency = 8 } = options;
  const broken: (BrokenImage | undefined)[] = new Array(files.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < files.length; i = next++) {
      const file = files[i] ?? "";
      try {
        await RgbImage.open(file);
      } catch (error) {
        if (!(error instanceof ImageError)) throw error;
        broken[i] = { file, error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, worker));
  return broken.filter((entry) => entry !== undefined);
}
