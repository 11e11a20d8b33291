import { stat } from "node:fs/promises";
import sharp from "sharp";
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

/** Decodes at a small size, which is quick for JPEG and still meets every broken part of the file. */
async function problem(file: string): Promise<string | undefined> {
  const info = await stat(file).catch(() => undefined);
  if (!info) return "cannot be read";
  if (info.size === 0) return "empty file";
  const header = await sharp(file)
    .metadata()
    .catch(() => undefined);
  if (!header) return "not an image";
  try {
    await sharp(file, { failOn: "error", limitInputPixels: 2 ** 30 })
      .resize(16, 16, { fit: "inside" })
      .raw()
      .toBuffer();
    return undefined;
  } catch (error) {
    const said = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    return `broken image (${said.slice(0, 80)})`;
  }
}
