// A build of the addon beside the usual one, and the tests on it: for `npm run test:asan` and `npm run test:cuda`.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyBuilt, JPEG_LIBRARY } from "./setup/addon.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Ends this process when the command fails.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
function run(command, args, env) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", env });
  if (error) throw error;
  if (status !== 0) {
    console.error(`${command} ended with ${signal ?? status}`);
    process.exit(status ?? 1);
  }
}

/**
 * Builds the addon for a libtorch into a folder of the package, and returns where its files are.
 * @param {string} folder
 * @param {string} libtorch
 * @param {string} [flags] the compiler's
 */
export function buildInto(folder, libtorch, flags = "-DBUILDING_NODE_EXTENSION") {
  const build = join(root, folder, "build"); // node-gyp-build looks for build/Release in the folder that its variable names
  run("cmake", [
    "-S",
    root,
    "-B",
    build,
    `-DLIBTORCH=${libtorch}`,
    "-DCMAKE_BUILD_TYPE=Release",
    `-DCMAKE_CXX_FLAGS=${flags}`,
  ]);
  run("cmake", ["--build", build, "--parallel", process.env.JOBS ?? "1"]);
  const release = join(build, "Release");
  copyBuilt(root, [JPEG_LIBRARY], release);
  return release;
}

/**
 * Runs the files of tests that the command line names, or these, on the addon in a folder of the package.
 * @param {string} folder
 * @param {string[]} files
 * @param {NodeJS.ProcessEnv} env more variables
 */
export function testOn(folder, files, env) {
  const named = process.argv.slice(2);
  run(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...(named.length > 0 ? named : files)], {
    ...process.env,
    FASTAI_TS_PREBUILD: join(root, folder),
    ...env,
  });
}
