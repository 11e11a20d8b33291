import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(`src/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^fastai-ts$/, replacement: source("index.ts") },
      { find: /^fastai-ts\/(torch|vision|tabular|collab)$/, replacement: source("$1/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    // Native addons and worker threads do not mix with a threads pool; a process per file also keeps seeds apart.
    pool: "forks",
    // A worker a core with one thread each: small kernels that share two cores in two processes wait more than they work.
    env: { OMP_NUM_THREADS: "1" },
    // Tests look at memory, and the collector is called between them.
    execArgv: ["--expose-gc"],
    setupFiles: ["test/setup.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default", "./test/closing-line.ts"],
  },
});
