import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { generate, idsIn } from "../../scripts/generate/rows.js";

/** The rows of a page: what is said of each, and the tests that are named for it. */
function rowsOf(page: string): { said: string[]; tests: string[] }[] {
  const lines = page.split("\n").filter((line) => /^\| [A-Z]{3}-\d/.test(line));
  return lines.map((line) => {
    const cells = line.split("|").map((cell) => cell.trim());
    return { said: cells.slice(1, 4), tests: (cells[4] ?? "").split(", ").filter(Boolean) };
  });
}

const found = rowsOf(generate());

it("docs/rows.md says what the tests and differences.md say", () => {
  const page = rowsOf(readFileSync(join(import.meta.dirname, "../../docs/rows.md"), "utf8"));
  expect(page.map(({ said }) => said)).toEqual(found.map(({ said }) => said));
  for (const [i, { said, tests }] of page.entries()) {
    expect(found[i]?.tests, `${said[0]}: npm run rows`).toEqual(expect.arrayContaining(tests)); // more may have come since
  }
});

it("every row works, or docs/differences.md says why not", () => {
  expect(found.filter(({ said }) => said[2] === "no test")).toEqual([]);
});

it("reads ids and ranges of ids in titles", () => {
  expect(idsIn("ABC-1, ABC-3 to ABC-5: work")).toEqual(["ABC-1", "ABC-3", "ABC-4", "ABC-5"]);
});
