import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const program = fileURLToPath(new URL("./workers.program.mjs", import.meta.url));

it("two workers use the addon at once, change a tensor handed over as a number, and the process ends cleanly", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", program]);
  expect(stdout.trim().split("\n").sort()).toEqual(["shared: 24, tensors: 2", "worker 1: 499500", "worker 2: 499500"]);
}, 60_000);
