import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findLibtorch } from "../../../scripts/find-libtorch.mjs";
import {
  complex,
  DeviceError,
  DtypeError,
  FileFormatError,
  jit,
  OptionError,
  ones,
  ShapeError,
  type Tensor,
  tensor,
  ValueError,
} from "../../../src/torch/index.js";
import { zipPieces } from "../../../src/torch/serialization/zip-writer.js";

const compiler = process.env.CXX ?? "g++";
const hasCompiler = spawnSync(compiler, ["--version"]).status === 0;
const trusted = { trusted: true } as const;
const here = { AOTI_PLATFORM: "linux", AOTI_MACHINE: process.arch === "x64" ? "x86_64" : "aarch64" };

type Results = Map<string, Tensor | (Tensor | null)[]>;

describe.skipIf(!hasCompiler || process.platform !== "linux")("jit.loadPackage", () => {
  const folder = mkdtempSync(join(tmpdir(), "package-"));
  const path = join(folder, "net.pt2");
  let library: Uint8Array;

  function write(metadata: object, model = "model", name = path): void {
    const inside = `net/data/aotinductor/${model}`;
    const text = new TextEncoder().encode(JSON.stringify(metadata));
    const pieces = zipPieces([
      { name: `${inside}/net.wrapper_metadata.json`, content: [text] },
      { name: `${inside}/net.wrapper.so`, content: [library] },
      { name: "net/archive_format", content: [new TextEncoder().encode("pt2")] },
    ]);
    writeFileSync(name, Buffer.concat(pieces));
  }

  beforeAll(() => {
    const torch = join(findLibtorch().found?.dir ?? "", "lib", "libtorch_cpu.so");
    const source = join(import.meta.dirname, "compiled_model.cc");
    const output = join(folder, "model.so");
    execFileSync(compiler, ["-shared", "-fPIC", "-O1", source, torch, "-o", output]);
    library = readFileSync(output);
    write({ ...here, AOTI_DEVICE_KEY: "cpu", maker: "somebody" });
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it("runs a model with arguments and results nested as in Python", async () => {
    const model = await jit.loadPackage<Results>(path, trusted);
    const out = model(tensor([1, 2, 3]), { by: tensor([2]) });
    expect([...out.keys()]).toEqual(["scaled", "rest"]);
    expect(out.get("scaled")).toBeClose([2, 4, 6]);
    const [next, none] = out.get("rest") as (Tensor | null)[];
    expect(next).toBeClose([2, 3, 4]);
    expect(none).toBeNull();
    expect(model.metadata.get("maker")).toBe("somebody");
    expect([...model.parameters()]).toEqual([]);
  });

  it("computes without gradients, on what a lazily conjugated or negated tensor stands for", async () => {
    const model = await jit.loadPackage<Results>(path, trusted);
    const out = model(ones([2], { requiresGrad: true }), { by: tensor([2]) }).get("scaled") as Tensor;
    expect(out.requiresGrad).toBe(false);
    const negated = complex(tensor([1]), tensor([3]))
      .conj()
      .imag(); // 3, to be read as -3
    expect(negated.isNeg()).toBe(true);
    expect(model(negated, { by: tensor([2]) }).get("scaled")).toBeClose([-6]);
  });

  it("refuses arguments that are nested otherwise or do not fit", async () => {
    const model = await jit.loadPackage<Results>(path, trusted);
    const by = tensor([2]);
    expect(() => model()).toThrow(/arguments: expected an array of 1 values, got one of 0/);
    expect(() => model(ones([2]))).toThrow(/named arguments: expected \{ by \}, got \{ {2}\}/);
    expect(() => model(ones([2]), { on: by })).toThrow(ValueError);
    expect(() => model(ones([2]), { by: 3 })).toThrow(/vector size to be 2, but got 1/);
    expect(() => model(ones([9]), { by })).toThrow(ShapeError);
    expect(() => model(ones([2], { dtype: "float64" }), { by })).toThrow(DtypeError);
    expect(() => model(ones([2], { device: "meta" }), { by })).toThrow(DeviceError);
    expect(() => model(ones([2]).toSparse(), { by })).toThrow(/expected a dense tensor/);
    expect(model(ones([2]), { by }).get("scaled")).toBeClose([2, 2]); // and goes on
  });

  it("opens nothing that was not called trusted", async () => {
    for (const options of [undefined, {}, { trusted: 1 }, { trusted: false }]) {
      await expect(jit.loadPackage(path, options as unknown as jit.LoadPackageOptions)).rejects.toThrow(OptionError);
    }
    await expect(jit.loadPackage(path, { ...trusted, modell: "x" } as jit.LoadPackageOptions)).rejects.toThrow(/model/);
  });

  it("names a package's models when it lacks the one asked for", async () => {
    const other = join(folder, "other.pt2");
    write({ ...here, AOTI_DEVICE_KEY: "cpu" }, "encoder", other);
    await expect(jit.loadPackage(other, trusted)).rejects.toThrow(/model "model", got one with encoder/);
    const model = await jit.loadPackage<Results>(other, { ...trusted, model: "encoder" });
    expect(model(ones([1]), { by: tensor([4]) }).get("scaled")).toBeClose([4]);
  });

  it("refuses packages for another machine before anything of them runs", async () => {
    const foreign = join(folder, "foreign.pt2");
    write({ ...here, AOTI_DEVICE_KEY: "cpu", AOTI_MACHINE: "riscv64" }, "model", foreign);
    await expect(jit.loadPackage(foreign, trusted)).rejects.toThrow(DeviceError);
    write({ ...here, AOTI_DEVICE_KEY: "cpu", AOTI_PLATFORM: "windows" }, "model", foreign);
    await expect(jit.loadPackage(foreign, trusted)).rejects.toThrow(/got one for windows/);
    write({ ...here, AOTI_DEVICE_KEY: "cuda" }, "model", foreign);
    await expect(jit.loadPackage(foreign, { ...trusted, device: "cpu" })).rejects.toThrow(/"cuda".*got "cpu"/);
  });

  it("says what is wrong with a file that is no package", async () => {
    const damaged = join(folder, "damaged.pt2");
    await expect(jit.loadPackage(join(folder, "missing.pt2"), trusted)).rejects.toThrow(/ENOENT/);
    writeFileSync(damaged, "no package");
    await expect(jit.loadPackage(damaged, trusted)).rejects.toThrow(FileFormatError);
    const whole = readFileSync(path);
    writeFileSync(damaged, whole.subarray(0, whole.length / 2));
    await expect(jit.loadPackage(damaged, trusted)).rejects.toThrow(FileFormatError);
    whole.fill(0xaa, whole.indexOf("\x7fELF") + 2000, whole.indexOf("\x7fELF") + 2010);
    writeFileSync(damaged, whole);
    await expect(jit.loadPackage(damaged, trusted)).rejects.toThrow(/damaged/);
    const kept = library;
    library = new TextEncoder().encode("no library");
    write({ ...here, AOTI_DEVICE_KEY: "cpu" }, "model", damaged);
    library = kept;
    await expect(jit.loadPackage(damaged, trusted)).rejects.toThrow(/expected a package that loads/);
    await expect(jit.loadPackage(join(import.meta.dirname, "../../fixtures/script.jit.pt"), trusted)).rejects.toThrow(
      /got a zip file without any/,
    );
  });

  it("leaves no unpacked files behind when the thread ends", () => {
    const program = `
      import { readFileSync } from "node:fs";
      import { jit, ones } from "./src/torch/index.ts";
      const model = await jit.loadPackage(${JSON.stringify(path)}, { trusted: true });
      console.log(model(ones([2]), { by: ones([1]) }).size);
      console.log(/\\S+wrapper\\.so/.exec(readFileSync("/proc/self/maps", "utf8"))[0]);`;
    const args = ["--import", "tsx", "--input-type=module", "-e", program];
    const env = { ...process.env, TSX_TSCONFIG_PATH: "tsconfig.check.json" };
    const [results = "", unpacked = ""] = execFileSync(process.execPath, args, { env, encoding: "utf8" }).split("\n");
    expect(results).toBe("2");
    expect(unpacked).toMatch(/net\.wrapper\.so$/);
    expect(existsSync(unpacked)).toBe(false);
    expect(existsSync(unpacked.split("/").slice(0, 3).join("/"))).toBe(false);
  }, 60_000);
});

// Written by test/parity/package.py: a package holds code for one processor.
it.skipIf(!process.env.FASTAI_TS_PACKAGE)("a package that Python compiled computes what its model did", async () => {
  const folder = process.env.FASTAI_TS_PACKAGE ?? "";
  const model = await jit.loadPackage<Results>(join(folder, "net.pt2"), trusted);
  expect(model.metadata.get("maker")).toBe("test");
  const cases = JSON.parse(readFileSync(join(folder, "net.json"), "utf8"));
  for (const { x, bias, out } of cases) {
    const got = model(tensor(x), tensor(2), { flag: true, bias: tensor(bias) });
    expect(got.get("scores")).toBeClose(out.scores, { rtol: 1e-5, atol: 1e-6 });
    const [shifted, [sum, none, three]] = got.get("rest") as unknown as [Tensor, [Tensor, null, Tensor]];
    expect(shifted).toBeClose(out.rest[0], { rtol: 1e-5, atol: 1e-6 });
    expect(sum).toBeClose(out.rest[1][0], { rtol: 1e-5, atol: 1e-5 });
    expect([none, three.item()]).toEqual([null, 3]);
  }
});
