import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run.mjs";
import { SetupError } from "./setup-error.mjs";
import { Stamp } from "./stamp.mjs";

/**
 * The npm packages of the lockfile.
 * @param {string} root
 * @returns {import("../setup.mjs").Step}
 */
export function packagesStep(root) {
  const stamp = new Stamp(join(root, "node_modules", ".fastai-ts.json"), [join(root, "package-lock.json")]);
  return {
    name: "packages",
    isDone: () => stamp.isFresh(),
    async run(say) {
      if (installedMatches(root)) {
        stamp.save();
        return;
      }
      say("installing the packages of package-lock.json (npm ci)");
      const common = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
      let { code, output } = await npm(["ci", ...common], root);
      if (code !== 0 && /EUSAGE/.test(output)) {
        // NOTE [ lockfile ]: npm leaves packages for other platforms out of a lockfile when its registry does not have
        // them, and `npm ci` then refuses that lockfile. A plain install takes the same versions from it.
        say("npm ci does not take the lockfile, installing its versions with npm install");
        ({ code, output } = await npm(["install", "--no-save", ...common], root));
      }
      if (code !== 0) throw npmError(output);
      stamp.save();
    },
  };
}

/**
 * Whether node_modules, perhaps made by a plain `npm install`, already holds every version of the lockfile.
 * @param {string} root
 */
function installedMatches(root) {
  const installed = readLock(join(root, "node_modules", ".package-lock.json"));
  const wanted = readLock(join(root, "package-lock.json"));
  if (!installed || !wanted) return false;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === "") return true;
    const there = installed[path];
    return there ? there.version === version : optional === true;
  });
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean }> | undefined}
 */
function readLock(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).packages : undefined;
}

/**
 * @param {string[]} args
 * @param {string} cwd
 */
function npm(args, cwd) {
  const script = process.env.npm_execpath;
  if (script?.endsWith(".js")) return run(process.execPath, [script, ...args], { cwd });
  return run(process.platform === "win32" ? "npm.cmd" : "npm", args, { cwd });
}

/** @param {string} output */
function npmError(output) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|network/i.test(output)) {
    return new SetupError(
      "npm could not reach its registry, so the packages are not installed.",
      "connect, then: npm ci",
    );
  }
  const reason = output.trim().split("\n").slice(0, 5).join("\n");
  return new SetupError(`npm could not install the packages:\n${reason}`, "npm ci --ignore-scripts");
}
