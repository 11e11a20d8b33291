/** Runs before every test file: the matcher toBeClose, and the check that no test leaks tensors. */
import { afterEach, beforeEach, expect } from "vitest";
import { setNumThreads } from "../src/torch/index.js";
import { compare } from "./close.js";
import { collectGarbage, countTensors } from "./leaks.js";

// Test files run side by side, and operators that fight for the cores are slower than one thread each.
setNumThreads(1);

interface CloseOptions {
  rtol?: number;
  atol?: number;
}

declare module "vitest" {
  // biome-ignore lint/suspicious/noExplicitAny: vitest's own declaration
  interface Matchers<T = any> {
    /** Values and shape equal within atol + rtol * |expected|; takes tensors, nested arrays and numbers. */
    toBeClose(expected: unknown, options?: CloseOptions): T;
  }
}

expect.extend({
  toBeClose(received: unknown, expected: unknown, options: CloseOptions = {}) {
    const problem = compare(received, expected, options.rtol ?? 1e-5, options.atol ?? 1e-6);
    return { pass: problem === undefined, message: () => problem ?? "expected the values to differ" };
  },
});

let before = 0;

beforeEach(async () => {
  await collectGarbage();
  before = countTensors();
});

// A module-level fixture may be made lazily by a test, hence the files that keep one say so: see `allowTensors`.
afterEach(async (context) => {
  let now = countTensors();
  for (let attempt = 0; attempt < 5 && now > before; attempt++) {
    await collectGarbage();
    now = countTensors();
  }
  const allowed = (context.task.meta as { allowTensors?: number }).allowTensors ?? 0;
  if (now > before + allowed) {
    throw new Error(`${context.task.name}: expected ${before} live tensors after the test, got ${now}`);
  }
});
