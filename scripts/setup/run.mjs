import { spawn } from "node:child_process";

/**
 * Runs a command to its end and gives its exit code and what it printed.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean | ((line: string) => boolean) }} [options]
 *   show: whether output goes to the terminal as it comes (default false), or which lines of it
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, { cwd, env, show = false } = {}) {
  return new Promise((done, fail) => {
    // With everything shown the child keeps the terminal, so that its progress bar works.
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", show === true ? "inherit" : "pipe", "pipe"] });
    let output = "";
    /** @param {Buffer} chunk */
    const collect = (chunk) => {
      output += chunk;
      if (show === false) return;
      const lines = String(chunk).split("\n");
      const shown = show === true ? lines : lines.filter(show);
      if (shown.some(Boolean)) process.stderr.write(shown.join("\n").replace(/\n?$/, "\n"));
    };
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
    child.on("error", fail);
    child.on("close", (code) => done({ code: code ?? 1, output }));
  });
}
