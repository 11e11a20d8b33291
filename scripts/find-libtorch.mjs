// The one rule for finding libtorch, used by the set-up, the doctor and src/native.ts. Plain JavaScript: it runs before
// anything is installed or compiled. Types: find-libtorch.d.mts.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** @typedef {typeof import("./find-libtorch.d.mts")} Api */
/** @typedef {import("./find-libtorch.d.mts").Libtorch} Libtorch */
/** @typedef {import("./find-libtorch.d.mts").LibtorchSource} LibtorchSource */

/** @type {Api["LIBTORCH_VERSION"]} */
export const LIBTORCH_VERSION = "2.13.0";

/** The releases the C++ sources compile with. */
const OLDEST = [2, 11];
const NEWEST = [2, 15];

/** Written beside the addon by the build: what it was built for. */
const BUILD_RECORD = "fastai_build.json";

/** @type {Api["libtorchCache"]} */
export function libtorchCache(env = process.env) {
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache"), "fastai-ts", "libtorch");
}

/** @type {Api["hasGpu"]} */
export function hasGpu() {
  return existsSync("/proc/driver/nvidia/version") || existsSync("/dev/nvidiactl");
}

/** @type {Api["builtVersion"]} */
export function builtVersion(addonDir) {
  const record = readJson(join(addonDir, BUILD_RECORD));
  return typeof record?.libtorch === "string" ? record.libtorch : undefined;
}

/** @type {Api["findLibtorch"]} */
export function findLibtorch({ builtFor, needHeaders = false, env = process.env } = {}) {
  /** @type {import("./find-libtorch.d.mts").LibtorchSearch} */
  const search = { found: null, tried: [] };
  for (const { source, place, dir, outcome } of candidates(env)) {
    if (!dir) {
      search.tried.push({ source, place, outcome: outcome ?? "nothing there" });
      continue;
    }
    const seen = inspectLibtorch(dir);
    const problem =
      seen.problem ??
      (needHeaders && !seen.hasHeaders ? "has no include/ folder" : undefined) ??
      versionProblem(seen.version ?? "", source, builtFor);
    search.tried.push({ source, place, outcome: problem ?? "used" });
    if (!problem) {
      search.found = { dir, version: seen.version ?? "", flavour: seen.flavour, source, hasHeaders: seen.hasHeaders };
    }
    // An explicit choice that does not fit is an error to report, not a reason to look elsewhere.
    if (!problem || source === "LIBTORCH") break;
  }
  return search;
}

/** @type {Api["inspectLibtorch"]} */
export function inspectLibtorch(dir) {
  const none = { flavour: "unknown", hasHeaders: false };
  const library = { darwin: "lib/libtorch_cpu.dylib", win32: "lib/torch_cpu.dll" }[String(process.platform)];
  const file = join(dir, library ?? "lib/libtorch_cpu.so");
  if (!existsSync(dir)) return { ...none, problem: "does not exist" };
  if (!existsSync(file)) return { ...none, problem: `has no ${library ?? "lib/libtorch_cpu.so"}` };
  const damaged = damagedFile(dir);
  if (damaged) return { ...none, problem: `is incomplete: ${damaged}` };
  const full = fullVersion(dir);
  const version = full?.match(/\d+\.\d+\.\d+/)?.[0];
  if (!version) return { ...none, problem: "does not tell its version" };
  return {
    version,
    flavour: full?.split("+")[1] ?? "unknown",
    hasHeaders: existsSync(join(dir, "include", "ATen", "ATen.h")),
  };
}

/** @type {Api["explainMissing"]} */
export function explainMissing(search) {
  const places = search.tried.map(({ source, place, outcome }) => `  - ${source}: ${place} ${outcome}`);
  const explicit = search.tried[0]?.source === "LIBTORCH";
  const mend = explicit
    ? `Set LIBTORCH to a folder with lib/ and include/ of libtorch ${LIBTORCH_VERSION}, or unset it: unset LIBTORCH`
    : "Get it with: npx fastai-ts setup";
  return [`libtorch: no usable libtorch ${LIBTORCH_VERSION} was found.`, ...places, mend].join("\n");
}

/**
 * The places in search order.
 * @param {Record<string, string | undefined>} env
 * @returns {Generator<{ source: LibtorchSource, place: string, dir?: string, outcome?: string }>}
 */
function* candidates(env) {
  if (env.LIBTORCH) {
    yield { source: "LIBTORCH", place: env.LIBTORCH, dir: resolve(env.LIBTORCH) };
    return;
  }
  const name = `@fastai-ts/libtorch-${process.platform}-${process.arch}`;
  yield { source: "platform package", place: name, dir: platformPackage(name), outcome: "is not installed" };
  const cache = libtorchCache(env);
  const cached = cachedFolders(cache);
  if (cached.length === 0) yield { source: "cache", place: cache };
  for (const folder of cached) yield { source: "cache", place: folder, dir: join(folder, "torch") };
  yield { source: "python", ...pythonTorch(env) };
}

/** @param {string} name */
function platformPackage(name) {
  try {
    const manifest = createRequire(fileURLToPath(import.meta.url)).resolve(`${name}/package.json`);
    return resolve(manifest, "..");
  } catch {
    return undefined;
  }
}

/**
 * Folders `<version>-<flavour>`, the pinned version first; CUDA flavours first where there is a GPU, last elsewhere.
 * @param {string} cache
 */
function cachedFolders(cache) {
  if (!existsSync(cache)) return [];
  const names = readdirSync(cache).filter((name) => /^\d+\.\d+\.\d+-/.test(name));
  /** @param {string} name */
  const isCuda = (name) => /-cu\d/.test(name);
  const order = names.sort((a, b) => {
    const pinned = Number(b.startsWith(`${LIBTORCH_VERSION}-`)) - Number(a.startsWith(`${LIBTORCH_VERSION}-`));
    const cuda = Number(isCuda(b)) - Number(isCuda(a));
    return pinned || (hasGpu() ? cuda : -cuda) || a.localeCompare(b);
  });
  return order.map((name) => join(cache, name));
}

/** @type {Api["pythonTorch"]} */
export function pythonTorch(env = process.env) {
  const code = "import importlib.util as u; s = u.find_spec('torch'); print(s.origin if s and s.origin else '')";
  for (const python of ["python3", "python"]) {
    const asked = spawnSync(python, ["-c", code], { encoding: "utf8", env: { ...env } });
    if (asked.error || asked.status !== 0) continue;
    const origin = asked.stdout.trim();
    if (!origin) return { place: `${python} on the PATH`, outcome: "has no torch installed" };
    return { place: resolve(origin, ".."), dir: resolve(origin, "..") };
  }
  return { place: "python3 on the PATH", outcome: "is not there" };
}

/**
 * Why this version cannot be used, or undefined.
 * @param {string} version
 * @param {LibtorchSource} source
 * @param {string} [builtFor]
 */
function versionProblem(version, source, builtFor) {
  const release = version.split(".").slice(0, 2).join(".");
  const pinned = (builtFor ?? LIBTORCH_VERSION).split(".").slice(0, 2).join(".");
  if (release === pinned) return undefined;
  if (builtFor) return `is version ${version}, the addon was built for ${builtFor}`;
  if (source !== "LIBTORCH") return `is version ${version}, this package is pinned to ${LIBTORCH_VERSION}`;
  const number = Number(version.split(".")[0]) * 1000 + Number(version.split(".")[1]);
  const inRange = number >= OLDEST[0] * 1000 + OLDEST[1] && number <= NEWEST[0] * 1000 + NEWEST[1];
  return inRange ? undefined : `is version ${version}, supported are ${OLDEST.join(".")} to ${NEWEST.join(".")}`;
}

/**
 * The first file that differs in size from the manifest which the set-up wrote, if there is one.
 * @param {string} dir
 */
function damagedFile(dir) {
  const sizes = readJson(join(dir, "..", "libtorch.json"))?.sizes ?? {};
  for (const [name, size] of Object.entries(sizes)) {
    const stat = statSync(join(dir, "..", name), { throwIfNoEntry: false });
    if (stat?.size !== size) return stat ? `${name} has ${stat.size} bytes instead of ${size}` : `${name} is missing`;
  }
  return undefined;
}

/**
 * The version with its flavour where the folder tells it: "2.13.0+cpu".
 * @param {string} dir
 */
function fullVersion(dir) {
  const python = readText(join(dir, "version.py"))?.match(/__version__\s*=\s*['"]([^'"]+)/)?.[1];
  if (python) return python;
  const archive = readText(join(dir, "build-version"))?.trim();
  if (archive) return archive;
  for (const header of ["torch/headeronly/version.h", "torch/csrc/api/include/torch/version.h"]) {
    const text = readText(join(dir, "include", header)) ?? "";
    const numbers = ["MAJOR", "MINOR", "PATCH"].map((part) => text.match(new RegExp(`VERSION_${part} (\\d+)`))?.[1]);
    if (numbers.every(Boolean)) return numbers.join(".");
  }
  return undefined;
}

/** @param {string} file */
function readText(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/**
 * @param {string} file
 * @returns {Record<string, any> | undefined}
 */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
