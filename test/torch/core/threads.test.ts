import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");

/** What OpenMP says of its settings when a new process loads libtorch, and the variable that process then has. */
function settings(env: NodeJS.ProcessEnv): { report: string; variable: string } {
  const tsx = join(root, "node_modules/tsx/dist/cli.mjs");
  const program = `import("${join(root, "src/native.ts")}").then(() => console.log(String(process.env.OMP_WAIT_POLICY)))`;
  const { stdout, stderr } = spawnSync(process.execPath, [tsx, "--eval", program], {
    encoding: "utf8",
    env: { ...process.env, OMP_DISPLAY_ENV: "verbose", ...env },
  });
  return { report: stderr, variable: stdout.trim() };
}

describe("libtorch's threads", () => {
  it("wait without spinning, and child processes are not told so", () => {
    const { report, variable } = settings({});
    expect(report).toMatch(/OMP_WAIT_POLICY = 'PASSIVE'/);
    expect(report).toMatch(/GOMP_SPINCOUNT = '0'/);
    expect(variable).toBe("undefined");
  });

  it("wait as the environment says", () => {
    const { report, variable } = settings({ OMP_WAIT_POLICY: "active" });
    expect(report).toMatch(/OMP_WAIT_POLICY = 'ACTIVE'/);
    expect(variable).toBe("active");
    expect(settings({ GOMP_SPINCOUNT: "500" }).report).toMatch(/GOMP_SPINCOUNT = '500'/);
  });
});
