/**
 * Writes src/torch/generated/: declarations of functions and methods for every public operator and the type of
 * `ops.aten`, from the schemas that the running libtorch reports. Run: npm run generate
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  generateAten,
  generateFunctions,
  generateMethods,
  generateNames,
  generateNamespace,
  publicOperators,
} from "./declarations.js";

const folder = join(fileURLToPath(import.meta.url), "../../../src/torch/generated");

/** The generated files by name. */
export function generate(): Record<string, string> {
  const operators = publicOperators();
  return {
    "names.ts": generateNames(operators),
    "methods.ts": generateMethods(operators),
    "functions.ts": generateFunctions(operators),
    "aten.ts": generateAten(),
    "fft.ts": generateNamespace("fft"),
    "linalg.ts": generateNamespace("linalg"),
    "special.ts": generateNamespace("special"),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(generate())) {
    writeFileSync(join(folder, name), text);
    console.log(`${join(folder, name)}: ${text.length} characters`);
  }
}
