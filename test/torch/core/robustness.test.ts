import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const program = fileURLToPath(new URL("./robustness.program.ts", import.meta.url));

interface Ended {
  readonly code: number | string;
  readonly output: string;
}

/** Runs a command line with at most 4 GB of memory, so that an absurd size is refused rather than served. */
function run(command: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const limited = `ulimit -d 4000000; exec "$0" --import tsx "$@"`;
    execFile(
      "bash",
      ["-c", limited, process.execPath, command, ...args],
      { timeout: 45_000, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => {
        const code = error?.code ?? error?.signal ?? 0;
        resolve({ code, output: `${stdout}\n${stderr}` });
      },
    );
  });
}

it.runIf(process.platform === "linux")(
  "survives random calls of every operator, and refuses with a TorchError what makes no sense",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "robustness-"));
    const log = join(folder, "calls.log");
    const seed = "2026"; // the program takes any other by hand
    const { code, output } = await run(program, log, seed, "5000");
    const last = readFileSync(log, "utf8").trimEnd().split("\n").at(-1);
    expect(code, `seed ${seed}, last call ${last}\n${output.slice(-3000)}`).toBe(0);
    const { calls, returned } = JSON.parse(/\{"calls".*\}/.exec(output)?.[0] ?? "{}") as Record<string, number>;
    expect(calls).toBeGreaterThan(100);
    expect(returned).toBeGreaterThan(20);
    rmSync(folder, { recursive: true });
  },
  60_000,
);

it("prints libtorch's warnings", async () => {
  const { code, output } = await run(fileURLToPath(new URL("./warning.program.ts", import.meta.url)));
  expect([code, output]).toEqual([0, expect.stringContaining("degrees of freedom")]);
  expect(output).toContain("tensor(nan)");
});
