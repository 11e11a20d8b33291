import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  arange,
  FileFormatError,
  fromBuffer,
  memory,
  ones,
  scope,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from "../../../src/torch/index.js";
import {
  loadSafetensors,
  parseSafetensors,
  readSafetensorsHeader,
  safetensorsBytes,
  saveSafetensors,
} from "../../../src/torch/serialization/index.js";

const reference = "test/fixtures/nn-dtypes.safetensors"; // made by test/parity/nn.py with Python's safetensors

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "safetensors-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A file with this header text and so many bytes of data. */
function file(header: string, dataBytes = 0): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (shape: string, begin: number, end: number, dtype = "F32") =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;

describe("reading", () => {
  it("reads every dtype of a file that Python wrote", async () => {
    const tensors = await loadSafetensors(reference);
    const dtypes = [...tensors].map(([name, t]) => [name, t.dtype]);
    for (const [name, dtype] of dtypes) {
      if (!["scalar", "empty"].includes(name as string) && !name?.startsWith("ü")) expect(dtype).toBe(name);
    }
    expect(tensors.size).toBe(21);
    expect(tensors.metadata).toEqual({ format: "pt" });
    expect(tensors.get("scalar")?.item()).toBe(1.5);
    expect(tensors.get("empty")?.shape).toEqual([0, 3]);
    expect(tensors.get('ü "quoted"\n')?.toArray()).toEqual([[1, 1], [1, 1]]); // biome-ignore format: a matrix
    expect(tensors.get("bool")?.toArray()).toEqual([true, false, true]);
    expect(tensors.get("bfloat16")?.float().toArray()).toEqual(tensors.get("bfloat16")?.double().toArray());
  });

  it("gives the same from bytes as from the file", async () => {
    const bytes = await readFile(reference);
    const fromBytes = parseSafetensors(bytes);
    const fromFile = await loadSafetensors(reference);
    expect([...fromBytes.keys()]).toEqual([...fromFile.keys()]);
    for (const [name, t] of fromFile) {
      expect(fromBytes.get(name)?.dtype).toBe(t.dtype);
      expect(Buffer.from(safetensorsBytes({ t: fromBytes.get(name) as Tensor }))).toEqual(
        Buffer.from(safetensorsBytes({ t })),
      );
    }
  });

  it("shares memory with bytes that are aligned", () => {
    const bytes = safetensorsBytes({ a: zeros([2]) });
    const parsed = parseSafetensors(bytes).get("a") as Tensor;
    parsed.add_(1);
    expect(parseSafetensors(bytes).get("a")?.toArray()).toEqual([1, 1]);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(parseSafetensors(shifted.subarray(1)).get("a")?.toArray()).toEqual([1, 1]);
  });

  it("maps a file: the same tensors, whose changes stay in memory", async () => {
    const mapped = await loadSafetensors(reference, { mmap: true });
    const read = await loadSafetensors(reference);
    expect(mapped.metadata).toEqual(read.metadata);
    for (const [name, t] of read) {
      expect(safetensorsBytes({ t: mapped.get(name) as Tensor })).toEqual(safetensorsBytes({ t }));
    }
    mapped.get("float32")?.fill_(7);
    expect((await loadSafetensors(reference)).get("float32")).toBeClose(read.get("float32"));
  });

  it("maps files that are larger than JavaScript's arrays", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "large.safetensors");
      const large = 5 * 2 ** 30;
      const header = `{"large":${entry(`[${large}]`, 0, large, "U8")},"last":${entry("[2]", large, large + 8)}}`;
      const start = file(header.padEnd(Math.ceil(header.length / 8) * 8));
      const handle = await open(path, "w");
      await handle.write(start);
      await handle.truncate(start.length + large + 8); // a hole, which takes no place on the disk
      await handle.write(new Uint8Array(Float32Array.of(1.5, -2).buffer), 0, 8, start.length + large);
      await handle.close();
      const tensors = await loadSafetensors(path, { mmap: true });
      expect(tensors.get("last")?.toArray()).toEqual([1.5, -2]);
      expect(tensors.get("large")?.at(-1).item()).toBe(0);
    });
  });

  it("lists names and shapes without reading tensors", async () => {
    const header = await readSafetensorsHeader(reference);
    expect(header.entries.find(({ name }) => name === "empty")).toMatchObject({ dtype: "float32", shape: [0, 3] });
  });
});

describe("writing", () => {
  it("makes the very bytes that Python makes", async () => {
    const bytes = await readFile(reference);
    const written = safetensorsBytes(parseSafetensors(bytes), { format: "pt" });
    expect(Buffer.from(written).equals(bytes)).toBe(true);
  });

  it("keeps views, transposes and tensors that need gradients as they look", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "a.safetensors");
      const base = arange(12, { dtype: "float32" }).reshape([3, 4]);
      const dict = { transposed: base.t(), row: base.select(0, 1), grad: ones([2]).requiresGrad_() };
      await saveSafetensors(path, dict, { metadata: { epoch: "3" } });
      const back = await loadSafetensors(path);
      expect(back.metadata).toEqual({ epoch: "3" });
      for (const [name, t] of Object.entries(dict)) expect(back.get(name)).toBeClose(t.detach());
    });
  });

  it("leaves the old file and no temporary one after an error", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "a.safetensors");
      await saveSafetensors(path, { a: ones([1]) });
      // Not through expect().rejects, which holds on to the error, and with its stack to the tensor.
      const message = await saveSafetensors(path, { a: zeros([1]).to("complex128") }).catch(String);
      expect(message).toMatch(/FileFormatError.*tensor "a".*got complex128/);
      await mkdir(join(folder, "taken"));
      await expect(saveSafetensors(join(folder, "taken"), { a: ones([1]) })).rejects.toThrow(/EISDIR|directory/);
      expect((await readdir(folder)).sort()).toEqual(["a.safetensors", "taken"]);
      expect((await loadSafetensors(path)).get("a")?.item()).toBe(1);
      await expect(saveSafetensors(join(folder, "no", "such"), {})).rejects.toThrow(/ENOENT/);
    });
  });

  it("refuses metadata that is not text and the reserved name", () => {
    expect(() => safetensorsBytes({}, { n: 1 as unknown as string })).toThrow(ValueError);
    expect(() => safetensorsBytes({ __metadata__: zeros([1]) })).toThrow(ValueError);
  });

  it("round-trips any names, shapes and values", () => {
    const dict = fc.dictionary(
      fc.string({ unit: "grapheme" }).filter((name) => name !== "__metadata__"),
      fc.array(fc.float({ noNaN: true }), { maxLength: 6 }),
      { maxKeys: 5, noNullPrototype: true },
    );
    fc.assert(
      fc.property(dict, (values) => {
        scope(() => {
          const entries = Object.entries(values).map(
            ([name, list]) => [name, fromBuffer(Float32Array.from(list))] as const,
          );
          const back = parseSafetensors(safetensorsBytes(new Map(entries)));
          expect(new Set(back.keys())).toEqual(new Set(Object.keys(values)));
          for (const [name, t] of entries) expect(back.get(name)?.toArray()).toEqual(t.toArray());
        });
      }),
      { numRuns: 50 },
    );
  });
});

describe("damaged files", () => {
  const huge = `{"a":${entry("[1000000,1000000]", 0, 4e12)}}`;
  it.each<[string, Uint8Array, RegExp]>([
    ["shorter than a length", new Uint8Array(5), /at least 8 bytes, got 5/],
    ["a header that is too long", file("{}").fill(255, 0, 8), /a header of at most 25000000 bytes/],
    ["a header beyond the end", Uint8Array.of(100, 0, 0, 0, 0, 0, 0, 0, 123), /a header of 100 bytes within the file/],
    ["no JSON", file("{nope"), /expected a JSON header/],
    ["broken UTF-8", (() => { const b = file('{"a":0}'); b[9] = 255; return b; })(), /expected a JSON header/], // biome-ignore format: one line
    ["an array", file("[]"), /a JSON object as header, got an array/],
    ["a key twice", file(`{"a":${entry("[1]", 0, 4)},"\\u0061":${entry("[1]", 0, 4)}}`, 4), /"a" twice/],
    [
      "an inner key twice",
      file('{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}', 4),
      /"dtype" twice/,
    ],
    ["an unknown dtype", file(`{"a":${entry("[1]", 0, 4, "F33")}}`, 4), /"F33"/],
    ["a negative size", file(`{"a":${entry("[-1]", 0, 4)}}`, 4), /integers from 0/],
    ["a fraction as offset", file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4.5]}}', 4), /data_offsets/],
    ["three offsets", file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}', 4), /two data_offsets/],
    ["no entry", file('{"a":7}'), /an object with dtype/],
    ["offsets that do not fit the shape", file(`{"a":${entry("[2]", 0, 4)}}`, 4), /8 bytes for shape \[2\] F32/],
    ["a size beyond counting", file(`{"a":${entry("[9007199254740991,4]", 0, 4)}}`, 4), /can be counted/],
    ["an overlap", file(`{"a":${entry("[2]", 0, 8)},"b":${entry("[1]", 4, 8)}}`, 8), /without hole or overlap/],
    ["a hole", file(`{"a":${entry("[1]", 0, 4)},"b":${entry("[1]", 8, 12)}}`, 12), /without hole or overlap/],
    ["missing data", file(`{"a":${entry("[1]", 0, 4)}}`, 3), /4 bytes of data after the header, got 3/],
    ["bytes left over", file(`{"a":${entry("[1]", 0, 4)}}`, 5), /4 bytes of data after the header, got 5/],
    ["terabytes that are not there", file(huge, 8), /4000000000000 bytes of data/],
    ["metadata that is not text", file('{"__metadata__":{"a":1}}'), /strings to strings/],
  ])("%s is refused without allocating", async (_what, bytes, message) => {
    const before = memory().bytes.cpu;
    expect(() => parseSafetensors(bytes)).toThrow(FileFormatError);
    expect(() => parseSafetensors(bytes)).toThrow(message);
    await withFolder(async (folder) => {
      const path = join(folder, "bad.safetensors");
      await writeFile(path, bytes);
      await expect(loadSafetensors(path)).rejects.toThrow(message);
      await expect(loadSafetensors(path)).rejects.toThrow(/bad\.safetensors/);
    });
    expect(memory().bytes.cpu).toBe(before);
  });

  it("never crash: any change of a few bytes gives tensors or a typed error", async () => {
    const good = await readFile(reference);
    const change = fc.record({ at: fc.nat(good.length - 1), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(good.length), (changes, cut) => {
        const bytes = Uint8Array.from(changes.length % 2 === 0 ? good.subarray(0, cut) : good);
        for (const { at, value } of changes) if (at < bytes.length) bytes[at] = value;
        scope(() => {
          try {
            parseSafetensors(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(FileFormatError);
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  it("a missing file says so", async () => {
    await expect(loadSafetensors("/no/such/file.safetensors")).rejects.toThrow(/ENOENT/);
    expect(tensor(1).item()).toBe(1);
  });
});
