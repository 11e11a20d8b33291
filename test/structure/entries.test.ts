import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

it("lists every public name of the layers in src/index.ts", () => {
  const script = join(import.meta.dirname, "../../scripts/entries.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  expect(status, stderr).toBe(0);
});
