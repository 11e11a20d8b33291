import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { generate } from "../../../scripts/generate/ops.js";

it("the committed declarations are those of the running libtorch", () => {
  for (const [name, text] of Object.entries(generate())) {
    const path = fileURLToPath(new URL(`../../../src/torch/generated/${name}`, import.meta.url));
    expect(readFileSync(path, "utf8") === text, `${name} is stale: npm run generate`).toBe(true);
  }
});
