import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  FileFormatError,
  loadPth,
  nn,
  ops,
  type PthValue,
  parsePth,
  pthBytes,
  scope,
  type Tensor,
  tensor,
} from "../../../src/torch/index.js";
import { expectTensors, plain, pth, quantized, sparse, tensors, withFolder } from "./files.js";

const newer = ["uint16", "uint32", "float8_e4m3fn"];
const older = Object.fromEntries(
  Object.entries(tensors).filter(([name]) => !newer.includes(name) && !(name in quantized)),
);

function mapOf(value: PthValue): Map<PthValue, PthValue> {
  if (!(value instanceof Map)) throw new Error("expected a dictionary");
  return value;
}

function read(name: string): Map<PthValue, PthValue> {
  return mapOf(parsePth(pth(name), name));
}

function refusal(name: string): string {
  try {
    parsePth(pth(name), name);
  } catch (error) {
    expect(error).toBeInstanceOf(FileFormatError);
    return (error as Error).message;
  }
  throw new Error("expected a refusal, got none");
}

const formats = (name: string) => [name, `legacy ${name}`];

describe("a .pth file of PyTorch", () => {
  it("gives tensors of every dtype, complex and 8-bit floats too, views and scalars (zip format)", () => {
    expectTensors(read("tensors"), {
      ...older,
      ...Object.fromEntries(newer.map((name) => [name, tensors[name]])),
    } as typeof tensors);
  });

  it("gives the same from the format before 1.6, views of one storage included", () => {
    const loaded = read("legacy tensors");
    expectTensors(loaded, older);
    (loaded.get("row") as Tensor).fill_(-1);
    expect((loaded.get("float32") as Tensor).at(1).toArray()).toEqual([-1, -1, -1, -1]);
  });

  it.each(formats("quantized"))("gives quantised tensors, per tensor and per channel (%s)", (name) => {
    const loaded = read(name);
    expectTensors(loaded, quantized);
    expect(ops.aten.q_zero_point(loaded.get("qint8") as Tensor)).toBe(-3);
  });

  it.each(formats("sparse"))("gives sparse tensors of every layout that is checked (%s)", (name) => {
    expectTensors(read(name), sparse);
  });

  it.each([...formats("plain"), "protocol 4", "protocol 5"])("gives plain data (%s)", (name) => {
    const { list, ...rest } = Object.fromEntries(read(name)) as Record<string, unknown>;
    expect(rest).toEqual({
      set: new Set([1, 2]),
      frozen: new Set(["a"]),
      complex: { re: 1, im: 2 },
      device: "cuda:1",
      dtype: "float16",
      size: [2, 3],
      bytes: Uint8Array.of(0, 255),
      bytearray: Uint8Array.of(97, 98),
      counter: new Map([["a", 2], ["b", 1]]), // biome-ignore format: one line
      default: new Map([["a", [1]]]),
      ordered: new Map([["b", 1], ["a", 2]]), // biome-ignore format: one line
      big: 2n ** 70n,
      negative: -(2 ** 40),
      text: "grün",
      tuple: [1, [2, 3]],
    });
    expect(list).toEqual(Array.from({ length: 2000 }, (_, i) => i));
  });

  it.each([...formats("numpy"), "numpy protocol 4"])("gives numpy's numbers and arrays (%s)", (name) => {
    const loaded = read(name);
    expect(loaded.get("float")).toBe(3.5);
    expect(loaded.get("int")).toBe(4);
    expect(loaded.get("wide")).toBe(2n ** 60n);
    expect(loaded.get("bool")).toBe(true);
    expect(loaded.get("float32")).toBe(0.5);
    for (const [key, dtype] of [
      ["matrix", "float64"],
      ["fortran", "int32"],
    ]) {
      // biome-ignore format: one line
      const array = loaded.get(key as string) as Tensor;
      expect([array.dtype, plain(array)]).toEqual([dtype, [[0, 1, 2], [3, 4, 5]]]); // biome-ignore format: a matrix
    }
    expect(plain(loaded.get("big") as Tensor)).toEqual([0, 1, 2]);
  });

  it.each(formats("state"))("gives a state dict that a module takes (%s)", (name) => {
    const model = new nn.Sequential(new nn.Linear(3, 2), new nn.BatchNorm1d(2));
    model.loadStateDict(read(name) as Map<string, Tensor>);
    expect(model[0]).toBeInstanceOf(nn.Linear);
    expect(model.stateDict().get("0.weight")?.toArray()).toEqual([[0, 1, 2], [3, 4, 5]]); // biome-ignore format: a matrix
  });

  it.each(formats("grads"))("lets tensors that trained train (%s)", (name) => {
    const loaded = read(name);
    expect(["parameter", "leaf"].map((key) => (loaded.get(key) as Tensor).requiresGrad)).toEqual([true, true]);
  });

  it("that fastai's learn.save wrote gives model and optimizer", () => {
    const opt = mapOf(read("fastai").get("opt") as PthValue);
    const hypers = opt.get("hypers") as PthValue[];
    expect(hypers.map((group) => mapOf(group).get("lr"))).toEqual([1e-3, 1e-2]);
    expect((opt.get("state") as PthValue[])[0]).toBeInstanceOf(Map);
  });

  it.each(["evil", "legacy evil", "evil name"])("runs nothing: names what it would have to run (%s)", (name) => {
    expect(refusal(name)).toMatch(/(__builtin__|builtins)\.print, which it would have to run/);
  });

  it("that is a TorchScript program, a pointer of Git LFS or something else says so", () => {
    expect(refusal("script")).toContain("TorchScript");
    const text = (content: string) => () => parsePth(new TextEncoder().encode(content), "x.pth");
    expect(text("version https://git-lfs.github.com/spec/v1\noid sha256:00")).toThrow(/git lfs pull/);
    expect(text("<!DOCTYPE html>")).toThrow(/x.pth.*starts with "<!DOCTYPE html>"/);
    expect(text("")).toThrow(FileFormatError);
  });

  it("goes to another device, and maps instead of reading", async () => {
    expect((mapOf(parsePth(pth("tensors"), "x", { device: "meta" })).get("float32") as Tensor).device).toBe("meta");
    await withFolder(async (folder) => {
      const path = join(folder, "x.pth");
      await writeFile(path, pth("tensors"));
      const mapped = await loadPth(path, { mmap: true });
      expectTensors(mapped, older);
      (mapOf(mapped).get("float32") as Tensor).zero_(); // the file stays as it is
      expectTensors(await loadPth(path), older);
    });
  });
});

describe("a .pth file of ours", () => {
  it.each(["quantized", "sparse"] as const)("holds %s tensors", (kind) => {
    const { csc: _, ...expected } = kind === "sparse" ? sparse : quantized;
    const loaded = read(kind);
    loaded.delete("csc");
    const again = parsePth(pthBytes(loaded as Map<string, Tensor>));
    expectTensors(again, expected as typeof sparse);
  });

  it("refuses storages that claim terabytes, and sparse indices beyond the shape", () => {
    const bytes = pth("legacy state");
    const at = bytes.length - 2 * 4 - 8; // the last storage's number of elements
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < bytes.length - 8; i++) {
      if (view.getBigInt64(i, true) !== 2n || i < 600) continue;
      const copy = bytes.slice();
      new DataView(copy.buffer).setBigInt64(i, 10n ** 12n, true);
      expect(() => parsePth(copy, "claims.pth")).toThrow(FileFormatError);
    }
    expect(at).toBeGreaterThan(0);
    scope(() => {
      const wrong = ops.aten._sparse_coo_tensor_unsafe(tensor([[9]], { dtype: "int64" }), tensor([1]), [2]);
      expect(() => parsePth(pthBytes([wrong]), "wrong.pth")).toThrow(/wrong\.pth/);
    });
  });
});
