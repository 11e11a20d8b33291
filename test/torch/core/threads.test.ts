import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");

/** What OpenMP says of its settings when a new process loads libtorch, and the variable that process then has. */
function settings(env: NodeJS.ProcessEnv): { report: string; variable: string } {
  const tsx = join(root, "node_modules/tsx/dist/cli.mjs");
  const program = `import("${join(root, "src/native.ts")}").then(() => console.log(String(process.env.GOMP_SPINCOUNT)))`;
  const { stdout, stderr } = spawnSync(process.execPath, [tsx, "--eval", program], {
    encoding: "utf8",
    env: { ...process.env, OMP_DISPLAY_ENV: "verbose", ...env },
  });
  return { report: stderr, variable: stdout.trim() };
}

describe("libtorch's threads", () => {
  it("spin for a short time when they wait, and child processes are not told so", () => {
    const { report, variable } = settings({});
    expect(report).toMatch(/GOMP_SPINCOUNT = '20000'/);
    expect(variable).toBe("undefined");
  });

  it("wait as the environment says", () => {
    expect(settings({ OMP_WAIT_POLICY: "active" }).report).toMatch(/OMP_WAIT_POLICY = 'ACTIVE'/);
    const { report, variable } = settings({ GOMP_SPINCOUNT: "500" });
    expect(report).toMatch(/GOMP_SPINCOUNT = '500'/);
    expect(variable).toBe("500");
  });

  it.runIf(process.platform === "linux")("share no work that one is sooner done with", () => {
    const program = join(import.meta.dirname, "threads.program.ts");
    const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", program], {
      encoding: "utf8",
      cwd: root,
    });
    expect(stderr).toBe("");
    const { small, large, threads } = JSON.parse(stdout) as Record<string, number>;
    expect(small).toBe(0);
    expect(large).toBe(3);
    expect(threads).toBe(4);
  });
});
