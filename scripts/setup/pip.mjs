import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run.mjs";
import { installCommand, isCommand, SetupError } from "./setup-error.mjs";

/** Pythons that a torch wheel exists for, tried when the wheel for the Python at hand does not exist. */
const OTHER_PYTHONS = ["3.12", "3.11", "3.13", "3.14"];

/** The Python whose pip works. @returns {string} */
export function pythonWithPip() {
  const pythons = ["python3", "python"].filter(isCommand);
  for (const python of pythons) {
    if (spawnSync(python, ["-m", "pip", "--version"]).status === 0) return python;
  }
  if (pythons.length === 0) {
    throw new SetupError(
      "libtorch is fetched with Python's pip, and there is no Python on the PATH (its packages are not used otherwise).",
      installCommand({
        apt: "python3 python3-pip",
        dnf: "python3-pip",
        pacman: "python-pip",
        apk: "py3-pip",
        brew: "python",
      }),
    );
  }
  throw new SetupError(
    `libtorch is fetched with Python's pip, and ${pythons[0]} has no pip.`,
    installCommand({ apt: "python3-pip", pacman: "python-pip", apk: "py3-pip", brew: "python" }),
  );
}

/**
 * Downloads requirements as wheels, as pip is configured on this machine (mirror, wheel folder, proxy).
 * @param {string} python
 * @param {string[]} requirements
 * @param {string} folder
 * @param {{ deps?: boolean }} [options] deps: with what they depend on (default false)
 * @returns {Promise<string[]>} the files
 */
export async function pipDownload(python, requirements, folder, { deps = false } = {}) {
  mkdirSync(folder, { recursive: true });
  const base = ["-m", "pip", "download", "--disable-pip-version-check", "--no-cache-dir", "--only-binary=:all:"];
  const args = [...base, ...(deps ? [] : ["--no-deps"]), "--retries", "2", "-d", folder];
  let first = "";
  for (const version of [undefined, ...OTHER_PYTHONS]) {
    const { code, output } = await run(
      python,
      [...args, ...(version ? ["--python-version", version] : []), ...requirements],
      {
        show: isTalk,
      },
    );
    if (code === 0) return readdirSync(folder).map((name) => join(folder, name));
    first ||= output;
    // Another Python's wheel holds the same libtorch, but only a missing wheel is a reason to ask for it.
    if (!/No matching distribution|Could not find a version/.test(output) || isOffline(output)) break;
  }
  throw pipError(first, requirements);
}

/** What of pip's output a person wants to see. @param {string} line */
function isTalk(line) {
  return /^\s*(Collecting|Downloading|Saved|ERROR|━)/.test(line);
}

/** @param {string} output */
function isOffline(output) {
  return /NewConnectionError|NameResolutionError|name resolution|Connection refused|ConnectTimeout|unreachable|ProxyError/i.test(
    output,
  );
}

/**
 * @param {string} output
 * @param {string[]} requirements
 */
function pipError(output, requirements) {
  const what = requirements.join(" ");
  if (isOffline(output)) {
    return new SetupError(
      `pip could not reach its package index, so ${what} was not downloaded (no network?).`,
      "connect and run this again, or give a folder with the wheel: PIP_FIND_LINKS=/path/to/wheels npm start",
    );
  }
  if (/DO NOT MATCH THE HASHES|Wheel .* is invalid|BadZipFile/i.test(output)) {
    const mend = "npm start (where pip takes wheels from a folder or mirror, replace the file there first)";
    return new SetupError(`the wheel of ${what} that pip got is damaged; nothing of it was kept.`, mend);
  }
  if (/No matching distribution|Could not find a version/.test(output)) {
    return new SetupError(
      `pip finds no wheel of ${what} for ${process.platform}-${process.arch}.`,
      "LIBTORCH=/path/to/libtorch npm start (a folder with lib/ and include/ of that version)",
    );
  }
  if (/No space left/i.test(output)) return new SetupError("the disk is full.", "make room, then: npm start");
  const reason =
    output
      .trim()
      .split("\n")
      .filter((line) => /ERROR|Error/.test(line))
      .at(-1) ?? "no reason given";
  return new SetupError(`pip download ${what} failed: ${reason.trim()}`, `pip download --no-deps ${what}`);
}
