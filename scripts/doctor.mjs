#!/usr/bin/env node
// What this machine has of what fastai-ts needs, and the command that mends what is missing.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statfsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, homedir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { builtVersion, findLibtorch, hasGpu, LIBTORCH_VERSION, libtorchCache } from "./find-libtorch.mjs";
import { commandVersion, installCommand } from "./setup/setup-error.mjs";
import { listFiles } from "./setup/stamp.mjs";

/** @typedef {{ name: string, found: string, ok: boolean, mend?: string, lines?: string[] }} Finding */

const root = fileURLToPath(new URL("..", import.meta.url));
const require = createRequire(import.meta.url);
const SETUP = "npx fastai-ts setup";

/** @returns {Finding} */
function node() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const ok = major > 20 || (major === 20 && minor >= 17);
  return { name: "Node.js", found: process.versions.node, ok, mend: "nvm install 22" };
}

/** @returns {Finding} */
function machine() {
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (process.report?.getReport() ?? {});
  const libc =
    process.platform === "linux" ? `, glibc ${report.header?.glibcVersionRuntime ?? "not found (musl?)"}` : "";
  const size = `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB`;
  const gpu = hasGpu() ? "NVIDIA driver found" : "no NVIDIA driver";
  return { name: "Machine", found: `${process.platform}-${process.arch}${libc}, ${size}, ${gpu}`, ok: true };
}

/** @returns {Finding} */
function libtorch() {
  const { found, tried } = findLibtorch({ builtFor: addonFolder() ? builtVersion(addonFolder() ?? "") : undefined });
  const lines = tried.map(({ source, place, outcome }) => `${source}: ${place}: ${outcome}`);
  const headers = found?.hasHeaders ? "" : ", without headers";
  return {
    name: "libtorch",
    found: found ? `${found.version} (${found.flavour}) in ${found.dir}${headers}` : `no usable ${LIBTORCH_VERSION}`,
    ok: found !== null,
    mend: process.env.LIBTORCH ? "unset LIBTORCH" : `${SETUP} libtorch`,
    lines,
  };
}

/** @returns {string | undefined} */
function addonFolder() {
  try {
    return dirname(require("node-gyp-build").path(root));
  } catch {
    return undefined;
  }
}

/** @returns {Finding} */
function addon() {
  const folder = addonFolder();
  if (!folder) return { name: "Native addon", found: "not built, and no prebuilt one", ok: false, mend: SETUP };
  const kind = folder.includes("prebuilds") ? "prebuilt" : "built here";
  const built = builtVersion(folder);
  const found = `${kind}, in ${folder}${built ? `, for libtorch ${built}` : ""}`;
  return { name: "Native addon", found, ok: existsSync(join(folder, "fastai_torch.node")), mend: SETUP };
}

/** The whole chain in a process of its own: compiled sources, addon, libtorch, one op. @returns {Finding} */
function firstOp() {
  const name = "First op";
  const entry = join(root, "dist", "torch", "index.js");
  if (!existsSync(entry)) return { name, found: "the sources are not compiled (no dist/)", ok: false, mend: SETUP };
  const code = `const { ones } = await import(${JSON.stringify(entry)}); console.log(ones([2]).add(1).toArray().join())`;
  const started = performance.now();
  const ran = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
  if (ran.stdout.trim() === "2,2") {
    return { name, found: `ran, ${((performance.now() - started) / 1000).toFixed(1)} s after process start`, ok: true };
  }
  const lines = ran.stderr.trim().split("\n").filter(Boolean).slice(0, 8);
  return { name, found: `did not run (${ran.signal ?? `exit code ${ran.status}`})`, ok: false, mend: SETUP, lines };
}

/** @returns {Finding} */
function sharp() {
  try {
    return { name: "sharp", found: `${require("sharp").versions.sharp}, loads`, ok: true };
  } catch (error) {
    const found = String(error).split("\n", 1).join();
    return {
      name: "sharp",
      found,
      ok: false,
      mend: existsSync(join(root, "package-lock.json")) ? SETUP : "npm install sharp",
    };
  }
}

/** @returns {Finding} */
function cache() {
  const folder = libtorchCache();
  const there = existsSync(folder);
  const used = there ? listFiles([folder]).reduce((sum, file) => sum + statSync(file).size, 0) : 0;
  const { bavail, bsize } = statfsSync(there ? folder : homedir());
  const free = bavail * bsize;
  const found = `${folder}: ${(used / 1e9).toFixed(2)} GB used, ${(free / 1e9).toFixed(0)} GB free on that disk`;
  return { name: "Cache", found, ok: used > 0 || free > 3e9, mend: `make 3 GB of room: df -h ${dirname(folder)}` };
}

/**
 * Tools that only setting up needs.
 * @returns {Finding[]}
 */
function tools() {
  const python = ["python3", "python"].find((name) => commandVersion(name));
  const pip = python && spawnSync(python, ["-m", "pip", "--version"], { encoding: "utf8" });
  const compiler = [process.env.CXX, "c++", "g++", "clang++"].find((name) => name && commandVersion(name));
  return [
    tool("Python with pip", pip && pip.status === 0 ? pip.stdout.split(" from ")[0] : undefined, {
      apt: "python3-pip",
    }),
    tool("C++ compiler", compiler && commandVersion(compiler), { apt: "g++", dnf: "gcc-c++", brew: "gcc" }),
    tool("cmake", commandVersion("cmake"), { apt: "cmake" }),
    tool("make or ninja", commandVersion("ninja") ? "ninja" : commandVersion("make"), { apt: "make" }),
  ];
}

/**
 * @param {string} name
 * @param {string | undefined} found
 * @param {{ apt: string, dnf?: string, brew?: string }} packages
 * @returns {Finding}
 */
function tool(name, found, packages) {
  return {
    name,
    found: found ?? "not found (needed for setting up only)",
    ok: Boolean(found),
    mend: installCommand(packages),
  };
}

const version = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
console.log(`fastai-ts ${version} in ${root}\n`);
const needed = [node(), machine(), libtorch(), addon(), firstOp(), sharp(), cache()];
for (const { name, found, ok, mend, lines = [] } of [...needed, ...tools()]) {
  console.log(`${ok ? "ok     " : "MISSING"} ${name}: ${found}`);
  for (const line of lines) console.log(`          ${line}`);
  if (!ok && mend) console.log(`          mend it with: ${mend}`);
}
const missing = needed.filter(({ ok }) => !ok).length;
console.log(
  missing === 0 ? "\nEverything that running needs is there." : `\n${missing} of ${needed.length} are missing.`,
);
process.exitCode = missing === 0 ? 0 : 1;
