import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  arange,
  type DType,
  FileFormatError,
  load,
  loadNpy,
  loadNpz,
  npyBytes,
  npzBytes,
  ones,
  parseNpy,
  parseNpz,
  save,
  saveNpy,
  saveNpz,
  tensor,
  ValueError,
  zeros,
} from "../../../src/torch/index.js";
import { failure } from "../../failure.js";
import { bytesOf, npy, npyVersions, npz, plain, refused, withFolder } from "./files.js";

const dtypes: Record<string, DType> = {
  b1: "bool", i1: "int8", i2: "int16", i4: "int32", i8: "int64", u1: "uint8", u2: "uint16", u4: "uint32", u8: "uint64",
  f2: "float16", f4: "float32", f8: "float64", c8: "complex64", c16: "complex128",
}; // biome-ignore format: a table

/** A file with this header text and data. */
function file(header: string, data = new Uint8Array(8), version = 1): Uint8Array {
  const text = Buffer.from(header, "latin1");
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(text.length);
  else length.writeUInt32LE(text.length);
  return Buffer.concat([Buffer.from([0x93]), Buffer.from("NUMPY"), Buffer.from([version, 0]), length, text, data]);
}

const header = (descr: string, shape: string) => `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }\n`;

describe("a .npy file", () => {
  it("of numpy gives its shape and values: every dtype, both byte orders, both index orders", () => {
    for (const [name, { file: content, shape, values }] of Object.entries(npy)) {
      const array = parseNpy(bytesOf(content));
      expect(array.shape, name).toEqual(shape);
      expect(plain(array), name).toEqual(values);
      const dtype = dtypes[name.slice(1)];
      if (dtype) expect(array.dtype).toBe(dtype);
    }
  });

  it("is read in every version, from a file, mapped or not, from any address", async () => {
    const { values } = npy["<f4"] as (typeof npy)[string];
    for (const content of Object.values(npyVersions)) {
      const bytes = bytesOf(content);
      expect(plain(parseNpy(bytes))).toEqual(values);
      const shifted = new Uint8Array(bytes.length + 1);
      shifted.set(bytes, 1);
      expect(plain(parseNpy(shifted.subarray(1)))).toEqual(values);
    }
    await withFolder(async (folder) => {
      const path = join(folder, "x.npy");
      await writeFile(path, bytesOf(npyVersions["version 2"] as string));
      expect(plain(await loadNpy(path))).toEqual(values);
      expect(plain(await loadNpy(path, { mmap: true }))).toEqual(values);
    });
  });

  it("is written to the byte as numpy writes it, every dtype", () => {
    for (const code of Object.keys(dtypes)) {
      const python = bytesOf((npy[`<${code}`] as (typeof npy)[string]).file);
      expect(Buffer.from(npyBytes(parseNpy(python))).equals(python), code).toBe(true);
    }
  });

  it("is written of scalars, empty tensors and views, whole or not at all", async () => {
    for (const name of ["scalar", "empty", "one"]) {
      const python = bytesOf((npy[name] as (typeof npy)[string]).file);
      expect(Buffer.from(npyBytes(parseNpy(python))).equals(python)).toBe(true);
    }
    const transposed = arange(6).view([2, 3]).t();
    expect(parseNpy(npyBytes(transposed)).toArray()).toEqual([[0, 3], [1, 4], [2, 5]]); // biome-ignore format: a matrix
    await withFolder(async (folder) => {
      const path = join(folder, "x.npy");
      await saveNpy(path, ones([2]).requiresGrad_());
      expect(await failure(saveNpy(path, zeros([1], { dtype: "bfloat16" })))).toBeInstanceOf(ValueError);
      expect(await load(`${folder}/x.npy`)).toBeClose([1, 1]);
      expect(await readdir(folder)).toEqual(["x.npy"]);
    });
  });

  it("of anything but numbers is refused by name: objects, text, dates, records, long doubles", () => {
    for (const [name, content] of Object.entries(refused)) {
      const read = () => parseNpy(bytesOf(content));
      expect(read, name).toThrow(FileFormatError);
      expect(read, name).toThrow(/parseNpy: expected numbers or booleans/);
    }
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(), /got something else/],
    ["a version that is none", file("", undefined, 9), /got version 9/],
    ["a header beyond the end", file(header("'<f4'", "(2,)")).subarray(0, 40), /a header of \d+ bytes/],
    [
      "a header of gigabytes",
      Buffer.concat([file("", new Uint8Array(), 2).subarray(0, 8), Buffer.alloc(4, 255)]),
      /a header/,
    ],
    ["no header", file("os.system('ls')"), /the header "os\.system/],
    ["terabytes", file(header("'<f4'", "(1000000, 1000000)")), /4000000000000 bytes of data, got 8/],
    ["a size beyond counting", file(header("'<f4'", "(9007199254740993, 9007199254740993)")), /can be counted/],
    ["a negative size", file(header("'<f4'", "(-1,)")), /the header/],
    ["missing data", file(header("'<f8'", "(2,)")), /16 bytes of data, got 8/],
  ])("%s is refused without allocating", (_what, bytes, message) => {
    expect(() => parseNpy(bytes)).toThrow(FileFormatError);
    expect(() => parseNpy(bytes)).toThrow(message);
  });
});

describe("a .npz file", () => {
  it.each(["plain", "compressed"] as const)("of numpy gives its arrays (%s)", async (kind) => {
    const arrays = parseNpz(bytesOf(npz[kind]));
    expect([...arrays.keys()]).toEqual(["a", "b", "zeros"]);
    expect(arrays.get("a")?.toArray()).toEqual([0, 1, 2, 3]);
    expect(arrays.get("b")?.toArray()).toEqual([[1, 1, 1], [1, 1, 1]]); // biome-ignore format: a matrix
    expect([arrays.get("b")?.dtype, arrays.get("zeros")?.shape]).toEqual(["int32", [50, 50]]);
  });

  it.each([false, true])("goes and comes back (compressed: %s)", async (compressed) => {
    const dict = { weight: arange(6).view([2, 3]), "layer/bias": tensor([true, false]) };
    const again = parseNpz(npzBytes(dict, { compressed }));
    expect([...again].map(([name, array]) => [name, array.toArray()])).toEqual(
      Object.entries(dict).map(([name, array]) => [name, array.toArray()]),
    );
    await withFolder(async (folder) => {
      const path = join(folder, "x.npz");
      await saveNpz(path, dict, { compressed });
      expect((await loadNpz(path, { mmap: true })).get("weight")?.shape).toEqual([2, 3]);
      await save(path, { one: ones([1]) });
      expect((await load(path)).get("one")?.item()).toBe(1);
    });
  });

  it("refuses contents that are not what the directory says, overlaps and bombs", () => {
    const bytes = bytesOf(npz.compressed);
    const directory = Buffer.from(bytes).indexOf("PK\x01\x02", 0, "latin1");
    const changed = (at: number, value: number) => {
      const copy = bytes.slice();
      new DataView(copy.buffer).setUint32(directory + at, value, true);
      return () => parseNpz(copy);
    };
    expect(changed(16, 1)).toThrow(/other contents/); // checksum
    expect(changed(24, 0xfffffff0)).toThrow(/unknown packing/); // 4 GB from a few bytes
    expect(changed(24, 10)).toThrow(/cannot be unpacked/);
    expect(changed(42, 1)).toThrow(FileFormatError);
    const second = Buffer.from(bytes).indexOf("PK\x01\x02", directory + 4, "latin1");
    const overlapping = bytes.slice();
    new DataView(overlapping.buffer).setUint32(second + 42, 0, true); // at the place of the first
    expect(() => parseNpz(overlapping)).toThrow(/overlap/);
  });
});
