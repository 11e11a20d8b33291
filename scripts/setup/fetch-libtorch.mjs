import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { findLibtorch, hasGpu, inspectLibtorch, LIBTORCH_VERSION, libtorchCache } from "../find-libtorch.mjs";
import { KNOWN_WHEELS } from "./known-wheels.mjs";
import { withLock } from "./lock.mjs";
import { pipDownload, pythonWithPip } from "./pip.mjs";
import { run } from "./run.mjs";
import { SetupError } from "./setup-error.mjs";
import { listFiles } from "./stamp.mjs";

const UNPACK = fileURLToPath(new URL("unpack_wheel.py", import.meta.url));

/** What the addon can do without: Python's own part, and libraries of torch's test suite. */
const NOT_NEEDED = [
  "libtorch_python.so",
  "libjitbackend_test.so",
  "libbackend_with_compiler.so",
  "libtorchbind_test.so",
];

/**
 * The CUDA libraries that `libtorch_cpu.so` of the CUDA wheel needs even where there is no GPU.
 * NOTE [ companions ]: they lie in wheels of their own, named in the torch wheel's METADATA, and are found through its
 * run path `$ORIGIN/../../nvidia/...`. That is why a cached libtorch is `<version>-<flavour>/torch` with `nvidia/` beside it.
 */
const MINIMAL_EXTRAS = "cudart,cupti";

/**
 * Fills the per-user cache with libtorch, once. Nothing appears under its final name before it is checked and whole.
 * @param {(message: string) => void} say
 */
export async function fetchLibtorch(say) {
  const cache = libtorchCache();
  await withLock(join(cache, ".lock"), say, async () => {
    if (isComplete(findLibtorch({ needHeaders: true }).found)) return;
    const python = pythonWithPip();
    removeLeftovers(cache);
    const staging = join(cache, `.tmp-${process.pid}`);
    try {
      mkdirSync(staging, { recursive: true });
      await fill(staging, cache, python, say);
    } catch (error) {
      throw diskError(error, cache);
    } finally {
      rmSync(staging, { recursive: true, force: true });
    }
  });
}

/**
 * Whether a libtorch needs nothing more on this machine: a cached CUDA one on a GPU machine wants all its companions.
 * @param {import("../find-libtorch.d.mts").Libtorch | null} found
 */
export function isComplete(found) {
  if (found?.source !== "cache" || !hasGpu()) return found !== null;
  const { companions } = JSON.parse(readFileSync(join(found.dir, "..", "libtorch.json"), "utf8"));
  return companions !== "minimal";
}

/**
 * @param {string} staging
 * @param {string} cache
 * @param {string} python
 * @param {(message: string) => void} say
 */
async function fill(staging, cache, python, say) {
  say(`downloading libtorch ${LIBTORCH_VERSION} (pip download torch==${LIBTORCH_VERSION}), once for this user`);
  const [wheel = ""] = await pipDownload(python, [`torch==${LIBTORCH_VERSION}`], join(staging, "wheels"));
  await checkHash(wheel);
  const tree = join(staging, "tree");
  say(`unpacking ${basename(wheel)} (${megabytes(wheel)} MB)`);
  const info = `torch-${LIBTORCH_VERSION}`;
  await unpack(python, wheel, tree, [
    "torch/lib/",
    "torch/include/",
    "torch/share/cmake/",
    "torch/version.py",
    "torch.libs/",
    info,
  ]);
  rmSync(wheel);
  const companions = await addCompanions(tree, staging, python, say);
  const { version, flavour, problem } = inspectLibtorch(join(tree, "torch"));
  if (problem) throw damagedWheel(wheel, `the unpacked libtorch ${problem}`);
  checkLoads(python, join(tree, "torch"));
  writeManifest(tree, { version, flavour, companions, wheel: basename(wheel) });
  publish(tree, join(cache, `${version}-${flavour}`), staging);
  say(`libtorch ${version} (${flavour}) is in ${join(cache, `${version}-${flavour}`)}`);
}

/** @param {string} wheel */
async function checkHash(wheel) {
  const known = KNOWN_WHEELS[basename(wheel)];
  if (!known) return;
  const hash = createHash("sha256");
  await pipeline(createReadStream(wheel), hash);
  const found = hash.digest("hex");
  if (found !== known)
    throw damagedWheel(wheel, `its sha256 is ${found.slice(0, 12)}... instead of ${known.slice(0, 12)}...`);
}

/**
 * @param {string} wheel
 * @param {string} why
 */
function damagedWheel(wheel, why) {
  return new SetupError(
    `the downloaded ${basename(wheel)} is damaged (${why}); it was thrown away and the cache left as it was.`,
    "npm start (where pip takes wheels from a folder or mirror, replace the file there first)",
  );
}

/**
 * @param {string} python
 * @param {string} wheel
 * @param {string} target
 * @param {string[]} prefixes
 */
async function unpack(python, wheel, target, prefixes) {
  const { code, output } = await run(python, [UNPACK, wheel, target, ...prefixes, "--skip", ...NOT_NEEDED]);
  if (code === 3) throw damagedWheel(wheel, output.trim());
  if (code !== 0) throw new SetupError(`${basename(wheel)} could not be unpacked: ${output.trim()}`, `df -h ${target}`);
}

/**
 * Adds the CUDA libraries of a CUDA wheel: all of them where there is a GPU, else the two it cannot load without.
 * @param {string} tree
 * @param {string} staging
 * @param {string} python
 * @param {(message: string) => void} say
 * @returns {Promise<"none" | "minimal" | "all">}
 */
async function addCompanions(tree, staging, python, say) {
  const requirements = cudaRequirements(tree);
  if (requirements.length === 0) return "none";
  const all = hasGpu();
  say(
    `downloading ${all ? "the CUDA libraries" : "the two CUDA libraries it needs without a GPU"} named in its METADATA`,
  );
  const wanted = all ? requirements : minimalRequirements(requirements);
  const wheels = await pipDownload(python, wanted, join(staging, "companions"), { deps: true });
  for (const wheel of wheels) await unpack(python, wheel, tree, ["nvidia/"]);
  return all ? "all" : "minimal";
}

/**
 * The lines of METADATA that name CUDA libraries, without their markers.
 * @param {string} tree
 */
function cudaRequirements(tree) {
  const folder = readdirSync(tree).find((name) => name.endsWith(".dist-info"));
  const metadata = folder ? readFileSync(join(tree, folder, "METADATA"), "utf8") : "";
  const lines = [...metadata.matchAll(/^Requires-Dist: *((?:nvidia-|cuda-toolkit)[^;\n]*)/gm)];
  return lines.map(([, requirement = ""]) => requirement.trim());
}

/** @param {string[]} requirements */
function minimalRequirements(requirements) {
  return requirements
    .filter((line) => /^(cuda-toolkit|nvidia-cuda-(runtime|cupti))/.test(line))
    .map((line) => line.replace(/^cuda-toolkit\[[^\]]*\]/, `cuda-toolkit[${MINIMAL_EXTRAS}]`));
}

/**
 * Loads the library in a process of its own: what cannot be loaded must not get into the cache.
 * @param {string} python
 * @param {string} dir
 */
function checkLoads(python, dir) {
  const name = process.platform === "darwin" ? "libtorch_cpu.dylib" : "libtorch_cpu.so";
  const code = "import ctypes, sys; ctypes.CDLL(sys.argv[1])";
  const tried = spawnSync(python, ["-c", code, join(dir, "lib", name)], { encoding: "utf8" });
  if (tried.status === 0) return;
  const reason = tried.stderr.trim().split("\n").at(-1) ?? `signal ${tried.signal}`;
  throw new SetupError(
    `libtorch was downloaded whole but does not load on this machine: ${reason}`,
    "npx fastai-ts doctor",
  );
}

/**
 * @param {string} tree
 * @param {Record<string, unknown>} facts
 */
function writeManifest(tree, facts) {
  const libraries = listFiles([join(tree, "torch", "lib"), join(tree, "nvidia")]);
  const sizes = Object.fromEntries(libraries.map((file) => [relative(tree, file), statSync(file).size]));
  writeFileSync(join(tree, "libtorch.json"), JSON.stringify({ ...facts, sizes }, null, 1));
}

/**
 * Gives the finished tree its final name in one step.
 * @param {string} tree
 * @param {string} target
 * @param {string} staging
 */
function publish(tree, target, staging) {
  if (existsSync(target)) renameSync(target, join(staging, "replaced"));
  renameSync(tree, target);
}

/**
 * Removes what set-ups that were killed have left. Called under the lock, so nobody else is at work.
 * @param {string} cache
 */
function removeLeftovers(cache) {
  for (const name of readdirSync(cache)) {
    if (name.startsWith(".tmp-")) rmSync(join(cache, name), { recursive: true, force: true });
  }
}

/** @param {string} file */
function megabytes(file) {
  return Math.round(statSync(file).size / 1e6);
}

/**
 * @param {unknown} error
 * @param {string} cache
 */
function diskError(error, cache) {
  const code = /** @type {NodeJS.ErrnoException} */ (error).code;
  if (code === "ENOSPC")
    return new SetupError(`the disk of ${cache} is full (libtorch takes about 0.5 GB).`, `df -h ${cache}`);
  if (code === "EACCES" || code === "EROFS") {
    return new SetupError(`${cache} cannot be written.`, "XDG_CACHE_HOME=/a/folder/of/yours npm start");
  }
  return error;
}
