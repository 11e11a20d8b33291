#!/usr/bin/env node
// `npm run test:cuda [-- FILE …]`: on a machine with an NVIDIA GPU, builds the addon into build-cuda/ for the PyTorch that is
// there (the folder in LIBTORCH, or what python3 imports; 2.11 to 2.15) and runs the tests of CUDA, or the named ones, on it.
import { explainMissing, findLibtorch, hasGpu, pythonTorch } from "./find-libtorch.mjs";
import { buildInto, testOn } from "./other-build.mjs";
import { writeBuildRecord } from "./setup/addon.mjs";

const python = pythonTorch();
const env = { ...process.env, LIBTORCH: process.env.LIBTORCH || python.dir };
const search = findLibtorch({ needHeaders: true, env });
if (!env.LIBTORCH || search.found === null) {
  const got = env.LIBTORCH ? explainMissing(search) : `${python.place} ${python.outcome}`;
  console.error(`test:cuda: expected a PyTorch with CUDA in LIBTORCH or in Python, got: ${got}`);
  process.exit(1);
}
const { dir, version } = search.found;
console.log(`test:cuda: PyTorch ${version} in ${dir}`);
if (!hasGpu())
  console.warn("test:cuda: no NVIDIA driver is running here, so the tests that need a GPU will be skipped.");
const release = buildInto("build-cuda", dir);
writeBuildRecord(release, search.found);
const files = ["test/torch/cuda", "test/torch/core", "test/vision/augment", "test/callback/precision.test.ts"];
testOn("build-cuda", files, { LIBTORCH: dir });
