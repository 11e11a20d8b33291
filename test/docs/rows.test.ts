import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { generate, idsIn } from "../../scripts/generate/rows.js";

it("docs/rows.md is what the tests and differences.md say", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/rows.md"), "utf8");
  expect(page === generate(), "stale: npm run rows").toBe(true);
});

it("reads ids and ranges of ids in titles", () => {
  expect(idsIn("ABC-1, ABC-3 to ABC-5: work")).toEqual(["ABC-1", "ABC-3", "ABC-4", "ABC-5"]);
});
