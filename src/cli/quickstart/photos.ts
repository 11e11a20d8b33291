import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { ValueError } from "../../torch/errors.js";
import { unreadable } from "./unreadable.js";

/** Photos that were found, each in a folder named after its class. */
export interface Photos {
  train: string[];
  valid: string[];
  classes: string[];
  /** Files that were left out, and why. */
  skipped: Skipped[];
}

/** A file that was left out. */
export interface Skipped {
  file: string;
  reason: string;
}

/** How photos are looked for. */
export interface FindPhotosOptions {
  /** Takes the files for readable images without looking into them. Default false. */
  trusted?: boolean;
}

const extensions = new Set([".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".heic"]);
const expected =
  "expected one subfolder of photos for each class, at least two (PATH/cat, PATH/dog), or PATH/train and PATH/valid (or PATH/val) " +
  "that hold such subfolders";

/**
 * Finds the photos under a folder: one subfolder a class, or `train` and `valid` (or `val`) with such subfolders; without
 * a validation folder, every fifth photo of each class is kept for validation. Files that are no readable images are left out.
 * @throws ValueError if there are fewer than two classes with photos.
 */
export async function findPhotos(path: string, { trusted = false }: FindPhotosOptions = {}): Promise<Photos> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isDirectory()) throw new ValueError(`npm start: ${expected}, got ${path}, which is no folder.`);
  const top = await folders(path);
  const validName = ["valid", "val"].find((name) => top.includes(name));
  if (top.includes("train") && validName) {
    const train = await readClasses(join(path, "train"), trusted);
    const valid = await readClasses(join(path, validName), trusted);
    const unknown = [...valid.files.keys()].filter((name) => !train.files.has(name));
    if (unknown.length > 0) {
      throw new ValueError(
        `npm start: ${path}/${validName} has classes that ${path}/train lacks: ${unknown.join(", ")}. Rename or add them.`,
      );
    }
    return check(path, [...train.files.keys()], flat(train.files), flat(valid.files), [
      ...train.skipped,
      ...valid.skipped,
    ]);
  }
  const { files, skipped } = await readClasses(path, trusted);
  const isValid = (i: number) => i % 5 === 4;
  const train = [...files.values()].flatMap((list) => list.filter((_, i) => !isValid(i)));
  const valid = [...files.values()].flatMap((list) =>
    list.length < 5 ? list.slice(-1) : list.filter((_, i) => isValid(i)),
  );
  return check(
    path,
    [...files.keys()],
    train.filter((file) => !valid.includes(file)),
    valid,
    skipped,
  );
}

function flat(files: Map<string, string[]>): string[] {
  return [...files.values()].flat();
}

function check(path: string, classes: string[], train: string[], valid: string[], skipped: Skipped[]): Photos {
  if (classes.length < 2) {
    const got = classes.length === 1 ? `only one class with photos, ${classes[0]}` : "no class with photos";
    const left = skipped.length > 0 ? ` (${describeSkipped(skipped)})` : "";
    throw new ValueError(`npm start: ${expected}, got ${got} in ${path}${left}.`);
  }
  if (train.length === 0 || valid.length === 0) {
    const side = train.length === 0 ? "training" : "validation";
    throw new ValueError(
      `npm start: expected photos for training and for validation, got none for ${side} in ${path}. Add some.`,
    );
  }
  return { train, valid, classes, skipped };
}

async function folders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith(".")).map((entry) => entry.name);
}

/** Readable images by class; classes without any are left out. */
async function readClasses(
  path: string,
  trusted: boolean,
): Promise<{ files: Map<string, string[]>; skipped: Skipped[] }> {
  const files = new Map<string, string[]>();
  const skipped: Skipped[] = [];
  for (const name of (await folders(path)).sort()) {
    const entries = await readdir(join(path, name), { withFileTypes: true });
    const seen = entries.filter((entry) => !entry.name.startsWith(".")).map((entry) => join(path, name, entry.name));
    const inner = new Set((await folders(join(path, name))).map((folder) => join(path, name, folder)));
    const found = seen.filter((file) => !inner.has(file)).sort();
    const bad = trusted ? [] : await unreadable(found.filter(isImage));
    const reasons = new Map(bad.map(({ file, reason }) => [file, reason]));
    for (const file of found.filter((f) => !isImage(f))) reasons.set(file, "not an image");
    for (const file of inner) reasons.set(file, "folder inside a class");
    const good = found.filter((file) => !reasons.has(file));
    if (good.length > 0) files.set(name, good);
    skipped.push(...[...reasons].map(([file, reason]) => ({ file, reason })));
  }
  return { files, skipped };
}

function isImage(file: string): boolean {
  return extensions.has(extname(file).toLowerCase());
}

/** One line about files that were left out: how many, why, and the first few names. */
export function describeSkipped(skipped: Skipped[]): string {
  const shown = skipped.slice(0, 5).map(({ file, reason }) => `${file}: ${reason}`);
  const more = skipped.length > shown.length ? `, and ${skipped.length - shown.length} more` : "";
  return `${skipped.length} ${skipped.length === 1 ? "file" : "files"} skipped: ${shown.join("; ")}${more}`;
}
