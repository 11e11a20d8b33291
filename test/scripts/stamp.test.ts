import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Stamp } from "../../scripts/setup/stamp.mjs";
import { withFolder } from "./with-folder.js";

const files = { "in/a.txt": "one", "in/deep/b.txt": "two" };
const stampOf = (folder: string, settings?: unknown) =>
  new Stamp(join(folder, "stamp.json"), [join(folder, "in")], settings);

describe("Stamp", () => {
  it("is not fresh before the first save", () =>
    withFolder(files, (folder) => expect(stampOf(folder).isFresh()).toBe(false)));

  it("stays fresh when only the times of the inputs change", () =>
    withFolder(files, (folder) => {
      stampOf(folder).save();
      utimesSync(join(folder, "in/a.txt"), new Date(), new Date(Date.now() + 60_000));
      expect(stampOf(folder).isFresh()).toBe(true);
    }));

  it.each([
    ["a changed file", (folder: string) => writeFileSync(join(folder, "in/deep/b.txt"), "TWO!")],
    ["a new file", (folder: string) => writeFileSync(join(folder, "in/c.txt"), "")],
  ])("is stale after %s", (_, change) =>
    withFolder(files, (folder) => {
      stampOf(folder).save();
      change(folder);
      expect(stampOf(folder).isFresh()).toBe(false);
    }),
  );

  it("is stale for other settings", () =>
    withFolder(files, (folder) => {
      stampOf(folder, { libtorch: "2.13.0" }).save();
      expect(stampOf(folder, { libtorch: "2.14.0" }).isFresh()).toBe(false);
    }));
});
