/** Folders of small JPEG photos that a model can tell apart, made for a test and removed after it. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";

const colours = { cat: [200, 60, 40], dog: [40, 70, 200], hen: [60, 190, 60] } as const;

/** What is in the photos. */
export type Animal = keyof typeof colours;

async function photo(animal: Animal, seed: number): Promise<Buffer> {
  const [r, g, b] = colours[animal];
  const background = { r: r - (seed % 5) * 5, g: g + (seed % 3) * 8, b: b + (seed % 4) * 5 };
  const size = { width: 40 + (seed % 3) * 4, height: 40 };
  return sharp({ create: { ...size, channels: 3, background } })
    .jpeg()
    .toBuffer();
}

/** Runs `body` in a folder with the named photos; a name says what is on it. */
export async function withJpegs<T>(names: readonly string[], body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "face-"));
  try {
    for (const [seed, name] of names.entries()) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      const animal = (Object.keys(colours) as Animal[]).find((word) => name.includes(word)) ?? "cat";
      await writeFile(join(folder, name), await photo(animal, seed));
    }
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** `n` file names a class, numbered. */
export function jpegNames(n: number, animals: readonly Animal[], prefix = ""): string[] {
  return animals.flatMap((animal) => Array.from({ length: n }, (_, i) => `${prefix}${animal}_${i + 1}.jpg`));
}
