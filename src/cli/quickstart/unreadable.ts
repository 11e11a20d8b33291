import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { imageFormat, RgbImage } from "../../vision/index.js";
import type { Skipped } from "./photos.js";

/** The files among some images that cannot be decoded, each with the reason. Reads several at a time. */
export async function unreadable(files: string[]): Promise<Skipped[]> {
  const bad: Skipped[] = [];
  const next = files.values();
  const worker = async () => {
    for (const file of next) {
      const reason = await problem(file);
      if (reason !== undefined) bad.push({ file, reason });
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return bad.sort((a, b) => a.file.localeCompare(b.file));
}

/** Decodes at a small size, which is quicker than `verifyImages` for large JPEG files and still meets every broken part. */
async function problem(file: string): Promise<string | undefined> {
  const bytes = await readFile(file).catch(() => undefined);
  if (!bytes) return "cannot be read";
  try {
    await sharp(bytes, { failOn: "error", limitInputPixels: 2 ** 30 })
      .resize(16, 16, { fit: "inside" })
      .raw()
      .toBuffer();
    return undefined;
  } catch {
    // Formats that sharp does not know are few and small.
    return RgbImage.open(bytes).then(
      () => undefined,
      () => reasonFor(imageFormat(bytes)),
    );
  }
}

function reasonFor(format: string): string {
  if (format === "nothing") return "empty file";
  const readable = ["JPEG", "PNG", "GIF", "WebP", "TIFF", "AVIF", "BMP", "ICO", "TGA", "PNM"];
  if (readable.includes(format)) return `broken ${format}`;
  return format === "HEIF" ? "HEIF, convert it to JPEG or PNG" : "not an image";
}
