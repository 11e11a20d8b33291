import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { runChunk } from "./drive.js";

/** Under AddressSanitizer, which maps terabytes for its own books. */
const sanitized = process.env.ASAN_OPTIONS !== undefined;

const program = (name: string) => fileURLToPath(new URL(`./${name}.program.ts`, import.meta.url));

describe("random calls", () => {
  // Seeds of other chunks: npm run robustness.
  it.runIf(process.platform === "linux")(
    "of every operator end with a result or a TorchError, and leave nothing behind",
    async () => {
      const { calls, returned, failures } = await runChunk(2026, 5000, { gigabytes: sanitized ? 0 : 4 });
      expect(failures).toEqual([]);
      expect(calls).toBe(5000);
      expect(returned).toBeGreaterThan(500);
    },
    120_000,
  );
});

it("prints libtorch's warnings", async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--import", "tsx", program("warning")]);
  expect(stderr).toContain("degrees of freedom");
  expect(stdout).toContain("tensor(nan)");
});
