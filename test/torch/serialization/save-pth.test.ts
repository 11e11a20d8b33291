import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import {
  arange,
  type DType,
  FileFormatError,
  load,
  nn,
  type PthInput,
  parsePth,
  pthBytes,
  randn,
  save,
  Tensor,
  tensor,
  ValueError,
} from "../../../src/torch/index.js";
import { failure } from "../../failure.js";

const folder = mkdtempSync(join(tmpdir(), "fastai-ts-pth-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, name);

function again(value: PthInput): unknown {
  return parsePth(pthBytes(value));
}

describe("save and load", () => {
  it("bring a module's state back through a .pth file", async () => {
    const net = new nn.Sequential(new nn.Linear(3, 2), new nn.BatchNorm1d(2));
    const other = new nn.Sequential(new nn.Linear(3, 2), new nn.BatchNorm1d(2));
    await save(file("net.pth"), net.stateDict());
    const state = await load(file("net.pth"));
    expect([...state.keys()]).toEqual([...net.stateDict().keys()]);
    other.loadStateDict(state);
    const x = randn([4, 3]);
    expect(other.eval()(x)).toBeClose(net.eval()(x), { rtol: 0, atol: 0 });
  });

  it("take the format from the ending", async () => {
    await save(file("one.safetensors"), { one: tensor([1]) });
    expect((await load(file("one.safetensors"))).get("one")?.toArray()).toEqual([1]);
    await save(file("one.PT"), { one: tensor([2]) });
    expect((await load(file("one.PT"))).get("one")?.toArray()).toEqual([2]);
    expect((await failure(load("one.bin"))).message).toContain(".safetensors");
    expect(await failure(save(file("x.safetensors"), { epoch: 3 }))).toBeInstanceOf(ValueError);
  });

  it("name the file that is none", async () => {
    writeFileSync(file("torn.pth"), pthBytes({ a: tensor([1, 2]) }).subarray(0, 200));
    const error = await failure(load(file("torn.pth")));
    expect(error).toBeInstanceOf(FileFormatError);
    expect(error.message).toContain("torn.pth");
  });
});

describe("a .pth file", () => {
  const dtypes: DType[] = ["float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"];
  const newer: DType[] = ["uint16", "uint32", "uint64", "complex64", "complex128", "float8_e4m3fn", "float8_e5m2"];
  it.each([...dtypes, ...newer])("holds %s", (dtype) => {
    const made = tensor([0, 1, 3]).to(dtype);
    const back = again(made);
    if (!(back instanceof Tensor)) throw new Error("expected a tensor");
    expect(back.dtype).toBe(dtype);
    const plain = (x: Tensor) => (dtype.startsWith("complex") ? x.real() : x.double()).toArray();
    expect(plain(back)).toEqual(plain(made));
  });

  it("holds plain data around the tensors", () => {
    const value = {
      epoch: 3,
      lr: -1e-3,
      zero: -0,
      big: 2n ** 70n,
      bigNegative: -(2n ** 63n),
      wide: 2 ** 40,
      negative: -129,
      names: ["a", "grün", "\u{1f600}"],
      none: null,
      flags: [true, false],
      bytes: Uint8Array.of(0, 127, 128, 255),
      nested: { empty: {}, list: [] },
    };
    const { nested, ...flat } = value;
    const back = again(value);
    expect(back).toEqual(
      new Map<string, unknown>([
        ...Object.entries(flat),
        [
          "nested",
          new Map<string, unknown>([
            ["empty", new Map()],
            ["list", nested.list],
          ]),
        ],
      ]),
    );
  });

  it("holds shapes of any kind: scalars, empty and transposed tensors", () => {
    const back = again([tensor(3.5), tensor([]).view([0, 3]), arange(6).view([2, 3]).t()]);
    if (!Array.isArray(back)) throw new Error("expected a list");
    expect(back.map((item) => (item as Tensor).shape)).toEqual([[], [0, 3], [3, 2]]);
    expect((back[2] as Tensor).toArray()).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
  });

  it("brings any plain data back", () => {
    const leaf = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.bigInt().filter((value) => value !== BigInt(Number(value))),
      fc.integer(),
      fc.uint8Array(),
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.array(tie("value")),
        fc.uniqueArray(fc.integer()).map((items) => new Set(items)),
        fc
          .uniqueArray(fc.tuple(fc.string(), tie("value")), { selector: ([key]) => key })
          .map((pairs) => new Map(pairs)),
      ),
    }));
    fc.assert(
      fc.property(value, (data) => {
        expect(again(data as PthInput)).toEqual(data);
      }),
      { numRuns: 150 },
    );
  });

  it("stores a tensor that comes twice once", () => {
    const tied = randn([1000]);
    expect(pthBytes({ a: tied, b: tied }).length).toBeLessThan(6000);
  });

  it("puts every content at a multiple of 64 bytes", () => {
    const marks = [7, 8, 9].map((value) =>
      tensor(
        Array.from({ length: 5 }, () => value),
        { dtype: "uint8" },
      ),
    );
    const bytes = Buffer.from(pthBytes(marks));
    for (const value of [7, 8, 9]) expect(bytes.indexOf(Buffer.alloc(5, value)) % 64).toBe(0);
  });

  it("refuses what has no place in it, and leaves the older file", async () => {
    await save(file("kept.pth"), { epoch: 1 });
    const before = readFileSync(file("kept.pth"));
    const date = new Date() as unknown as PthInput;
    expect((await failure(save(file("kept.pth"), { date }))).message).toContain("a Date");
    const loop: PthInput[] = [];
    loop.push(loop);
    expect(await failure(save(file("kept.pth"), loop))).toBeInstanceOf(ValueError);
    expect(readFileSync(file("kept.pth"))).toEqual(before);
  });
});
