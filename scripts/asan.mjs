#!/usr/bin/env node
// `npm run test:asan [-- FILE …]`: builds the addon with AddressSanitizer into build-asan/ and runs the tests of the torch
// layer, or the named ones, on it. A finding ends the test's process with a report. Linux with GCC or Clang.
import { spawnSync } from "node:child_process";
import { buildInto, testOn } from "./other-build.mjs";
import { writeBuildRecord } from "./setup/addon.mjs";
import { libtorchInUse } from "./setup/libtorch.mjs";

/** Debug information for the lines of a report, and optimisation so that the suite ends within the hour. */
const FLAGS = "-fsanitize=address -fno-omit-frame-pointer -g1 -DBUILDING_NODE_EXTENSION";

/** @param {string} name */
function compilersFile(name) {
  const compiler = process.env.CXX || "c++";
  return spawnSync(compiler, [`-print-file-name=${name}`], { encoding: "utf8" }).stdout.trim();
}

const libtorch = libtorchInUse();
writeBuildRecord(buildInto("build-asan", libtorch.dir, FLAGS), libtorch);
testOn("build-asan", ["test/torch"], {
  // The C++ library beside it, because the sanitizer looks for its exceptions when it starts.
  LD_PRELOAD: `${compilersFile("libasan.so")} ${compilersFile("libstdc++.so")}`,
  // libtorch is not instrumented: its containers pass through ours (no annotations), what it keeps to the end is no leak,
  // and a size that is absurd is refused as without the sanitizer.
  ASAN_OPTIONS:
    "detect_leaks=0:quarantine_size_mb=8:detect_container_overflow=0:allocator_may_return_null=1:abort_on_error=1",
});
