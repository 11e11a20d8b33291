import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Remembers what a step was last run on. `isFresh` looks at sizes and times first and reads files only when those
 * differ, so a check of a few hundred files costs milliseconds and a fresh checkout of the same content is no change.
 */
export class Stamp {
  /**
   * @param {string} file where the stamp is kept
   * @param {string[]} inputs files and folders the step reads
   * @param {unknown} [settings] anything else the result depends on
   */
  constructor(file, inputs, settings = null) {
    this.file = file;
    this.inputs = inputs;
    this.settings = JSON.stringify(settings);
  }

  /** Whether inputs and settings are those of the last `save`. */
  isFresh() {
    const last = this.#read();
    if (!last || last.settings !== this.settings) return false;
    const files = listFiles(this.inputs);
    const quick = quickSignature(files);
    if (last.quick === quick) return true;
    if (last.content !== contentHash(files)) return false;
    this.#write({ quick, content: last.content });
    return true;
  }

  /** Notes the inputs as they are now. */
  save() {
    const files = listFiles(this.inputs);
    this.#write({ quick: quickSignature(files), content: contentHash(files) });
  }

  #read() {
    try {
      return JSON.parse(readFileSync(this.file, "utf8"));
    } catch {
      return undefined;
    }
  }

  /** @param {{ quick: string, content: string }} signature */
  #write(signature) {
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(this.file, JSON.stringify({ ...signature, settings: this.settings }));
  }
}

/**
 * Every file below the given files and folders, sorted; what does not exist is left out.
 * @param {string[]} paths
 * @returns {string[]}
 */
export function listFiles(paths) {
  return paths.flatMap((path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return [];
    if (!stat.isDirectory()) return [path];
    return listFiles(
      readdirSync(path)
        .sort()
        .map((name) => join(path, name)),
    );
  });
}

/** @param {string[]} files */
function quickSignature(files) {
  const hash = createHash("sha256");
  for (const file of files) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file}:${size}:${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

/** @param {string[]} files */
function contentHash(files) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(file));
  return hash.digest("hex");
}
