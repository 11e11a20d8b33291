import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findLibtorch } from "../../../scripts/find-libtorch.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const compiler = process.env.CXX ?? "g++";
const hasCompiler = spawnSync(compiler, ["--version"]).status === 0;

/** NVRTC, where a variable names it or a libtorch with CUDA has brought it. */
function nvrtc(): string | undefined {
  if (process.env.NVRTC) return process.env.NVRTC;
  const packages = join(findLibtorch().found?.dir ?? root, "../nvidia");
  for (const part of existsSync(packages) ? readdirSync(packages) : []) {
    const lib = join(packages, part, "lib");
    const name = existsSync(lib) ? readdirSync(lib).find((file) => /^libnvrtc\.so\.\d+$/.test(file)) : undefined;
    if (name) return join(lib, name);
  }
  return undefined;
}

describe.skipIf(!hasCompiler)("the CUDA kernels", () => {
  const folder = mkdtempSync(join(tmpdir(), "kernels-"));
  const program = join(folder, "kernels");
  const run = (...args: string[]) => execFileSync(program, args, { cwd: root, encoding: "utf8" }).trim();

  beforeAll(() => {
    const sources = ["test/vision/augment/cuda_kernels.cc", "cpp/vision/augment.cc", "cpp/vision/augment_masks.cc"];
    const flags = ["-std=c++20", "-O1", "-fno-trapping-math", "-fno-math-errno", "-I.", "-w"];
    execFileSync(compiler, [...flags, ...sources, "-ldl", "-o", program], { cwd: root });
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it("AUG-17, AUG-18: make the CPU's pixels, compiled as plain C++", () => {
    const [images, masks] = run().split(" ").map(Number);
    expect(images).toBeLessThan(2e-4); // on values of -3..3
    expect(masks).toBeLessThan(10); // of 90,000 pixels: places half-way between two
  });

  it.skipIf(!nvrtc())(
    "compile for every GPU that NVRTC knows",
    () => {
      const lines = run(nvrtc() ?? "").split("\n");
      expect(lines.filter((line) => !line.endsWith(" compiles"))).toEqual([]);
      expect(lines).toEqual(expect.arrayContaining(["75 compiles", "80 compiles", "90 compiles"]));
    },
    120_000,
  );
});
