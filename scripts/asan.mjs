#!/usr/bin/env node
// `npm run test:asan [-- FILE …]`: builds the addon with AddressSanitizer into build-asan/ and runs the tests of the torch
// layer, or the named ones, on it. A finding ends the test's process with a report. Linux with GCC or Clang.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyBuilt, JPEG_LIBRARY } from "./setup/addon.mjs";
import { libtorchInUse } from "./setup/libtorch.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "build-asan");
const build = join(folder, "build"); // node-gyp-build looks for build/Release in the folder that its variable names

/** Debug information for the lines of a report, and optimisation so that the suite ends within the hour. */
const FLAGS = "-fsanitize=address -fno-omit-frame-pointer -g1 -DBUILDING_NODE_EXTENSION";

/**
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
function run(command, args, env) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", env });
  if (error) throw error;
  if (status !== 0) {
    console.error(`test:asan: ${command} ended with ${signal ?? status}`);
    process.exit(status ?? 1);
  }
}

/** @param {string} name */
function compilersFile(name) {
  const compiler = process.env.CXX || "c++";
  return spawnSync(compiler, [`-print-file-name=${name}`], { encoding: "utf8" }).stdout.trim();
}

const { dir } = libtorchInUse();
run("cmake", [
  "-S",
  root,
  "-B",
  build,
  `-DLIBTORCH=${dir}`,
  "-DCMAKE_BUILD_TYPE=Release",
  `-DCMAKE_CXX_FLAGS=${FLAGS}`,
]);
run("cmake", ["--build", build, "--parallel", process.env.JOBS ?? "1"]);
copyBuilt(root, ["fastai_build.json", JPEG_LIBRARY], join(build, "Release"));

const files = process.argv.slice(2);
run(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...(files.length > 0 ? files : ["test/torch"])], {
  ...process.env,
  FASTAI_TS_PREBUILD: folder,
  // The C++ library beside it, because the sanitizer looks for its exceptions when it starts.
  LD_PRELOAD: `${compilersFile("libasan.so")} ${compilersFile("libstdc++.so")}`,
  // libtorch is not instrumented: its containers pass through ours (no annotations), what it keeps to the end is no leak,
  // and a size that is absurd is refused as without the sanitizer.
  ASAN_OPTIONS:
    "detect_leaks=0:quarantine_size_mb=8:detect_container_overflow=0:allocator_may_return_null=1:abort_on_error=1",
});
