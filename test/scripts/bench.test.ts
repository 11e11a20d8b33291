import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CASES } from "../../bench/table.js";

const bench = join(import.meta.dirname, "../../bench");
const text = (folder: string) =>
  readdirSync(join(bench, folder))
    .map((name) => readFileSync(join(bench, folder, name), "utf8"))
    .join("\n");

describe("the benchmark table", () => {
  it("has every id once", () => {
    expect(new Set(CASES.map(({ id }) => id)).size).toBe(CASES.length);
  });

  it.each([
    ["ours", "cases"],
    ["Python's", "peers"],
  ])("has a version of every case that is %s", (_, folder) => {
    const source = text(folder);
    const missing = CASES.filter((one) => !one.process && !source.includes(`"${one.id}"`));
    expect(missing.map(({ id }) => id)).toEqual([]);
  });

  it("has two programs for every case that takes a fresh process", () => {
    const names = CASES.filter((one) => one.process).map(({ id }) => id.replace(".", "-"));
    expect(readdirSync(join(bench, "startup"))).toEqual(expect.arrayContaining(names.map((name) => `${name}.mjs`)));
    const peers = names.map((name) => `${name.replace("-", "_")}.py`);
    expect(readdirSync(join(bench, "peers"))).toEqual(expect.arrayContaining(peers));
  });
});
