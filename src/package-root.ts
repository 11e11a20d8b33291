/** Where the package lies: the folder of its package.json, whether this runs from src/ or from a bundle in dist/. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

function folderWith(name: string, start: string): string {
  const above = dirname(start);
  return above === start || existsSync(join(start, name)) ? start : folderWith(name, above);
}

/** The package's folder. */
export const packageRoot = folderWith("package.json", dirname(fileURLToPath(import.meta.url)));
