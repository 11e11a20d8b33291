#!/usr/bin/env node
// `npm run prebuild`: packs the addon into prebuilds/<platform>-<arch>/, where node-gyp-build finds it in an installed
// package. usage: node scripts/prebuild.mjs [OUT], OUT being the folder that gets prebuilds/ (default: the package).
import { mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { copyBuilt, JPEG_LIBRARY } from "./setup/addon.mjs";

const require = createRequire(import.meta.url);
const prebuildify = promisify(require("prebuildify"));
const root = realpathSync(fileURLToPath(new URL("..", import.meta.url)));
const out = resolve(process.argv[2] ?? root);
const folder = join(out, "prebuilds", `${process.platform}-${process.arch}`);

const work = mkdtempSync(join(tmpdir(), "fastai-ts-prebuild-"));
try {
  rmSync(folder, { recursive: true, force: true });
  await prebuildify({
    napi: true,
    name: "fastai_loader",
    targets: [process.versions.node],
    cwd: work,
    out,
    nodeGyp: join(root, "scripts", "cmake-js-shim.mjs"),
  });
  // prebuildify takes one addon; the second, the record of what they were built for and the JPEG decoder go beside it.
  copyBuilt(root, ["fastai_torch.node", "fastai_build.json", JPEG_LIBRARY], folder);
} finally {
  rmSync(work, { recursive: true, force: true });
}
for (const name of readdirSync(folder)) {
  console.log(`${join(folder, name)}  ${(statSync(join(folder, name)).size / 1024).toFixed(0)} kB`);
}
