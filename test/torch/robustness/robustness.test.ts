import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { binomial, full, linalg, ones, ops, ValueError } from "../../../src/torch/index.js";
import { caught } from "../core/caught.js";
import { runChunk } from "./drive.js";

/** Under AddressSanitizer, which maps terabytes for its own books. */
const sanitized = process.env.ASAN_OPTIONS !== undefined;

const program = (name: string) => fileURLToPath(new URL(`./${name}.program.ts`, import.meta.url));

describe("random calls", () => {
  // Seeds of other chunks: npm run robustness.
  it.runIf(process.platform === "linux")(
    "of every operator end with a result or a TorchError, and leave nothing behind",
    async () => {
      const { calls, returned, failures } = await runChunk(2026, 5000, { gigabytes: sanitized ? 0 : 4 });
      expect(failures).toEqual([]);
      expect(calls).toBe(5000);
      expect(returned).toBeGreaterThan(500);
    },
    120_000,
  );
});

it("keeps from libtorch what its kernels do not survive: eigenvalues of NaN, binomial draws of NaN", () => {
  const nan = full([3, 3], Number.NaN);
  for (const run of [
    () => linalg.eigvals(nan),
    () => linalg.eig(nan),
    () => ops.aten.linalg_eigvals({ self: nan }),
    () => binomial(nan, ones([3, 3]).mul(0.5)),
  ]) {
    expect(caught(run).name).toBe(ValueError.name);
  }
  expect(binomial(ones([2]), ones([2])).toArray()).toEqual([1, 1]);
  expect(linalg.eigvals(ones([1, 1])).toArray()).toEqual([{ re: 1, im: 0 }]);
});

it("keeps from libtorch's LSTM two states of different numbers of layers", () => {
  const [x, two, one] = [ones([2, 3, 4]), ones([2, 3, 5]), ones([1, 3, 5])];
  const rest = [[], true, 1, 0, false, false, false] as const;
  for (const run of [
    () => ops.aten.lstm(x, [two, one], ...rest),
    () => ops.aten.lstm.input(x, [one, two], ...rest),
    () => ops.aten.lstm.data(ones([6, 4]), full([2], 3, { dtype: "int64" }), [two, one], [], true, 1, 0, false, false),
  ]) {
    expect(caught(run).message).toMatch(/expected two states of as many layers, got shapes/);
  }
  const weights = [ones([20, 4]), ones([20, 5]), ones([20]), ones([20])];
  const [y] = ops.aten.lstm(x, [one, one], weights, true, 1, 0, false, false, false) as unknown as [
    { shape: number[] },
  ];
  expect(y.shape).toEqual([2, 3, 5]);
});

it("prints a tensor of 20,000 dimensions by its shape", () => {
  expect(String(ones(new Array<number>(20_000).fill(1)))).toMatch(/^tensor\(\.\.\.,\s+size=\(1, 1, /);
});

it("prints libtorch's warnings", async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--import", "tsx", program("warning")]);
  expect(stderr).toContain("degrees of freedom");
  expect(stdout).toContain("tensor(nan)");
});
