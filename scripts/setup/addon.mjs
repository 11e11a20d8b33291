import { copyFileSync, existsSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { libtorchInUse } from "./libtorch.mjs";
import { run } from "./run.mjs";
import { commandVersion, installCommand, isCommand, SetupError } from "./setup-error.mjs";
import { Stamp } from "./stamp.mjs";

/** The two native files: the loader without libtorch in it, and the addon proper. */
export const ADDON_FILES = ["fastai_loader.node", "fastai_torch.node"];

/** The JPEG decoder, opened by the addon where it lies beside it; without it, JPEG files are read as other formats are. */
export const JPEG_LIBRARY = "libturbojpeg.so.0";

/**
 * Copies built files to a folder; the JPEG decoder only where there is one.
 * @param {string} root
 * @param {readonly string[]} names
 * @param {string} folder
 */
export function copyBuilt(root, names, folder) {
  for (const name of names) {
    const file = join(root, "build", "Release", name);
    if (name !== JPEG_LIBRARY || existsSync(file)) copyFileSync(file, join(folder, name));
  }
}

const JPEG_PACKAGE = "node_modules/@julusian/jpeg-turbo/package.json";

/** Memory one compiler takes with libtorch's headers, and what the machine should keep. */
const COMPILER_BYTES = 2e9;

/**
 * The native addon, built by cmake-js into build/Release.
 * @param {string} root
 * @returns {import("../setup.mjs").Step}
 */
export function addonStep(root) {
  const release = join(root, "build", "Release");
  const stamp = () => {
    const { dir, version, flavour } = libtorchInUse();
    const inputs = ["CMakeLists.txt", "cpp", "binding", "node_modules/node-addon-api/package.json", JPEG_PACKAGE];
    return new Stamp(
      join(root, "build", "addon.stamp.json"),
      inputs.map((name) => join(root, name)),
      {
        root,
        libtorch: [realpathSync(dir), version, flavour],
      },
    );
  };
  return {
    name: "addon",
    isDone: () => ADDON_FILES.every((name) => existsSync(join(release, name))) && stamp().isFresh(),
    async run(say) {
      await buildAddon(root, say);
      placeJpegLibrary(root, release);
      writeBuildRecord(release, libtorchInUse());
      stamp().save();
    },
  };
}

/**
 * Says beside the addon which libtorch it was built for.
 * @param {string} folder
 * @param {Pick<import("../find-libtorch.d.mts").Libtorch, "version" | "flavour">} libtorch
 */
export function writeBuildRecord(folder, { version, flavour }) {
  writeFileSync(join(folder, "fastai_build.json"), `${JSON.stringify({ libtorch: version, flavour })}\n`);
}

/**
 * Configures where that is needed and compiles what has changed.
 * @param {string} root
 * @param {(message: string) => void} say
 */
export async function buildAddon(root, say) {
  if (!existsSync(join(root, "node_modules", "cmake-js"))) {
    const platform = `${process.platform}-${process.arch}`;
    throw new SetupError(`this package has no prebuilt addon for ${platform} and cmake-js is not installed.`, "npm ci");
  }
  checkTools();
  const { dir } = libtorchInUse();
  const build = join(root, "build");
  const cache = readCache(join(build, "CMakeCache.txt"));
  if (cache && cache.CMAKE_HOME_DIRECTORY !== root) rmSync(build, { recursive: true, force: true });
  if (cache?.CMAKE_HOME_DIRECTORY !== root || cache?.LIBTORCH !== dir) {
    say(`configuring the native addon for libtorch in ${dir}`);
    const configured = await cmakeJs(root, ["configure", `--CDLIBTORCH=${dir}`]);
    if (configured.code !== 0) throw buildError("cmake could not configure the native addon", configured.output);
  }
  say("compiling the native addon (a minute or two the first time, seconds after a change)");
  const jobs = Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / COMPILER_BYTES)));
  const built = await run("cmake", ["--build", build, "--parallel", String(jobs)], { show: isNews });
  if (built.code !== 0) throw buildError("the native addon did not compile", built.output);
}

/**
 * Takes libjpeg-turbo out of the package that brings it, built with its vector instructions, for this platform.
 * @param {string} root
 * @param {string} release
 */
function placeJpegLibrary(root, release) {
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  const libc = report.header.glibcVersionRuntime === undefined ? "-musl" : "";
  const folder = `jpeg-turbo-${process.platform}-${process.arch}${libc}`;
  const library = join(root, dirname(JPEG_PACKAGE), "prebuilds", folder, JPEG_LIBRARY);
  if (existsSync(library)) copyFileSync(library, join(release, JPEG_LIBRARY));
}

/** Compiler warnings and errors and one line a step, without cmake's other talk. @param {string} line */
function isNews(line) {
  return !/^-- |Consolidate compiler|Scanning dependencies|^\s*$/.test(line);
}

/**
 * @param {string} root
 * @param {string[]} args
 */
function cmakeJs(root, args) {
  return run(
    process.execPath,
    [join(root, "node_modules", "cmake-js", "bin", "cmake-js"), ...args, "--directory", root, "-l", "error"],
    {
      cwd: root,
    },
  );
}

/** Names what is missing before cmake does it in twenty lines. */
function checkTools() {
  const compilers = [process.env.CXX, "c++", "g++", "clang++"].filter((name) => name !== undefined && name !== "");
  if (!compilers.some((name) => isCommand(String(name)))) {
    throw new SetupError(
      `no C++ compiler was found (tried ${compilers.join(", ")}).`,
      installCommand({ apt: "g++", dnf: "gcc-c++", pacman: "gcc", brew: "gcc" }),
    );
  }
  if (commandVersion("cmake") === undefined) {
    throw new SetupError("cmake was not found; it builds the native addon.", installCommand({ apt: "cmake" }));
  }
  if (!["ninja", "make"].some(isCommand)) {
    throw new SetupError("neither make nor ninja was found; cmake needs one of them.", installCommand({ apt: "make" }));
  }
}

/**
 * @param {string} what
 * @param {string} output
 */
function buildError(what, output) {
  const lines = output.split("\n");
  const first = lines.findIndex((line) => /\berror\b|Error/.test(line));
  const shown = lines.slice(Math.max(0, first), first + 12).join("\n");
  if (/Killed|signal terminated program|virtual memory exhausted/.test(output)) {
    return new SetupError(`${what}: the compiler ran out of memory.`, "cmake --build build --parallel 1");
  }
  return new SetupError(`${what}:\n${shown}`, "npm run build:addon");
}

/**
 * The variables of a CMakeCache.txt.
 * @param {string} file
 * @returns {Record<string, string> | undefined}
 */
function readCache(file) {
  if (!existsSync(file)) return undefined;
  const entries = readFileSync(file, "utf8").matchAll(/^([A-Za-z_]+):[A-Z]+=(.*)$/gm);
  return Object.fromEntries([...entries].map(([, name, value]) => [name, value]));
}
