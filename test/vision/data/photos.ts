/** Folders of small pictures, made for a test and removed after it. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";

/** A plain picture of one colour, as PNG bytes. */
export function plain(red: number, green: number, blue: number, size = 12): Promise<Buffer> {
  const create = { width: size, height: size, channels: 3 as const, background: { r: red, g: green, b: blue } };
  return sharp({ create }).png().toBuffer();
}

/** Runs `body` in a folder holding the named pictures: names that start with "red" are red, all others blue. */
export async function withPhotos<T>(names: readonly string[], body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "photos-"));
  try {
    const [red, blue] = await Promise.all([plain(200, 0, 0), plain(0, 0, 200)]);
    for (const name of names) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), name.includes("red") ? red : blue);
    }
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
