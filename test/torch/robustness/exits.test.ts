import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";

// With the address sanitizer a start takes twenty seconds.
const LONGEST_MS = 110_000;
vi.setConfig({ testTimeout: LONGEST_MS + 5000 });

const program = fileURLToPath(new URL("./exits.program.mjs", import.meta.url));

function run(name: string): { status: number | null; signal: string | null; stdout: string; stderr: string } {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", program, name], {
    encoding: "utf8",
    timeout: LONGEST_MS,
    env: { ...process.env, OMP_NUM_THREADS: "1" },
  });
  return { status, signal, stdout, stderr };
}

describe("a worker that is terminated", () => {
  it.each([
    ["terminateLongOperator", "in one long operator"],
    ["terminateTwo", "beside another that is, both in a training loop"],
  ])("%s: %s leaves a process that goes on", (name) => {
    const { status, signal, stdout, stderr } = run(name);
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: "" });
    expect(stdout).toMatch(/^codes 1(,1)?, sum 4\n$/);
  });

  it("leaves no tensor behind, but for what it handed over", () => {
    const { status, stdout } = run("terminateLeavesNothing");
    expect([status, stdout]).toEqual([0, "left 0\nsum 5\n"]);
  });

  it("can be followed by others", () => {
    const { status, stdout } = run("terminateMany");
    expect(status).toBe(0);
    expect(stdout).toBe("codes 1, sum 4\n".repeat(2));
  });
});

describe("a process that ends", () => {
  it("with a worker at work and a promise of a tensor open is gone at once", () => {
    expect(run("exitWithWorkPending")).toEqual({ status: 0, signal: null, stdout: "exit\n", stderr: "" });
  });

  it.each(["exitInHook", "exitInFunction"])("%s: inside a backward pass has the code it asked for", (name) => {
    expect(run(name)).toEqual({ status: 7, signal: null, stdout: "exit\n", stderr: "" });
  });

  it("inside a scope has the code it asked for", () => {
    expect(run("exitInScope")).toEqual({ status: 7, signal: null, stdout: "exit 3\n", stderr: "" });
  });

  it("because nobody catches what a hook throws, shows that error", () => {
    const { status, stderr } = run("throwInHook");
    expect(status).toBe(1);
    expect(stderr).toContain("nobody catches this");
  });

  it("only in a worker's hook leaves the others alone", () => {
    const { status, stdout } = run("exitInHookOfWorker");
    expect([status, stdout]).toEqual([0, "exit\nworker 7, sum 3\n"]);
  });
});
