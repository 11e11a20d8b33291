import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { run } from "./run.mjs";
import { SetupError } from "./setup-error.mjs";
import { listFiles, Stamp } from "./stamp.mjs";

/**
 * src/ compiled to dist/, other files of src/ (fonts, tables) copied beside.
 * @param {string} root
 * @returns {import("../setup.mjs").Step}
 */
export function typescriptStep(root) {
  const inputs = ["src", "tsconfig.json", "node_modules/typescript/package.json"];
  const stamp = new Stamp(
    join(root, "build", "typescript.stamp.json"),
    inputs.map((name) => join(root, name)),
  );
  return {
    name: "TypeScript",
    isDone: () => existsSync(join(root, "dist", "index.js")) && stamp.isFresh(),
    async run(say) {
      say("compiling TypeScript to dist/");
      await compile(root);
      copyAssets(root);
      removeOrphans(root);
      stamp.save();
    },
  };
}

/** @param {string} root */
async function compile(root) {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const record = join(root, "build", "tsc.tsbuildinfo");
  // The record of an incremental build is only true of the dist/ it was made with.
  if (!existsSync(join(root, "dist"))) rmSync(record, { force: true });
  const args = [tsc, "-p", root, "--incremental", "--tsBuildInfoFile", record];
  const { code, output } = await run(process.execPath, args, { cwd: root });
  if (code === 0) return;
  const first = output.trim().split("\n").slice(0, 5).join("\n");
  throw new SetupError(`the TypeScript sources do not compile:\n${first}`, "npx tsc --noEmit");
}

/** @param {string} root */
function copyAssets(root) {
  for (const file of listFiles([join(root, "src")])) {
    if (/\.(ts|md)$/.test(file)) continue;
    const target = join(root, "dist", relative(join(root, "src"), file));
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(file, target);
  }
}

/** Removes from dist/ what no longer has a source. @param {string} root */
function removeOrphans(root) {
  for (const file of listFiles([join(root, "dist")])) {
    const path = join(root, "src", relative(join(root, "dist"), file));
    const source = path.replace(/(\.d\.ts|\.js)(\.map)?$/, ".ts");
    if (!existsSync(source) && !existsSync(path)) rmSync(file);
  }
}
