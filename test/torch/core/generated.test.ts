import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { LIBTORCH_VERSION } from "../../../scripts/find-libtorch.mjs";
import { generate } from "../../../scripts/generate/ops.js";
import { native } from "../../../src/native.js";

// Other releases have some more and some fewer.
const isPinned = native.versions().built.startsWith(LIBTORCH_VERSION);

it.skipIf(!isPinned)("the committed declarations are those of the running libtorch", () => {
  for (const [name, text] of Object.entries(generate())) {
    const path = fileURLToPath(new URL(`../../../src/torch/generated/${name}`, import.meta.url));
    expect(readFileSync(path, "utf8") === text, `${name} is stale: npm run generate`).toBe(true);
  }
});
