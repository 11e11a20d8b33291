import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/** Megabytes that stay resident after 300 MB of tensors were freed, and after emptyCache(). */
function resident(env: NodeJS.ProcessEnv = {}): { freed: number; emptied: number } {
  const program = join(import.meta.dirname, "freed-memory.program.ts");
  const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", program], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as { freed: number; emptied: number };
}

// The address sanitizer brings its own allocator.
const isGlibc = process.platform === "linux" && !process.env.ASAN_OPTIONS;

describe.runIf(isGlibc)("freed memory", () => {
  it("waits for the next tensors until emptyCache() gives it back", () => {
    const { freed, emptied } = resident();
    expect(freed).toBeGreaterThan(200);
    expect(emptied).toBeLessThan(100);
  });

  it("goes back at once where the environment says so", () => {
    expect(resident({ MALLOC_TRIM_THRESHOLD_: "131072", MALLOC_MMAP_THRESHOLD_: "65536" }).freed).toBeLessThan(100);
  });
});
