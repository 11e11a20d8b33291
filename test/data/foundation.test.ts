import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  batchToSamples,
  Category,
  Datasets,
  disposeTensors,
  findBs,
  findDevice,
  interp1d,
  itemFind,
  MultiCategory,
  mapTensors,
  multiCategory,
  nestedReorder,
  oneHotDecode,
  pca,
  showSamples,
  TensorCategory,
  TensorImage,
  TensorMask,
  TfmdDL,
  TfmdLists,
  TitledFloat,
  TitledInt,
  TitledStr,
  Transform,
  tensorsIn,
  titledTuple,
  toDetach,
  toDevice,
  toFloat,
  toHalf,
} from "../../src/data/index.js";
import { evenMults } from "../../src/optimizer/index.js";
import {
  forkRng,
  fromBuffer,
  getRngState,
  load,
  manualSeed,
  nn,
  ones,
  rand,
  save,
  setRngState,
  type Tensor,
  tensor,
  zeros,
} from "../../src/torch/index.js";
import { showImages } from "../../src/vision/index.js";
import fixture from "../fixtures/data.json" with { type: "json" };

const want = fixture.helpers;
const values = (x: unknown) => (x as Tensor).toArray();

describe("tensors and random numbers", () => {
  it("FND-9: evenMults goes in even ratios from one value to another", () => {
    expect(evenMults(2, 8, 3)).toBeClose(fixture.lists.even_mults);
    expect(evenMults(2, 8, 1)).toEqual([8]);
  });

  it("TOR-1: tensor takes numbers, nested arrays and typed arrays", () => {
    expect([tensor(2).shape, tensor([[1, 2]]).shape, tensor(new Uint8Array([1, 2])).dtype]).toEqual([
      [],
      [1, 2],
      "uint8",
    ]);
    expect([tensor([1, 2]).dtype, tensor([true]).dtype, fromBuffer(new Float32Array(4), [2, 2]).shape]).toEqual([
      "float32",
      "bool",
      [2, 2],
    ]);
  });

  it("TOR-2, TOR-3: a seed fixes the numbers; their state can be kept, put back, and forked", () => {
    manualSeed(5);
    const state = getRngState();
    const first = values(rand([2]));
    setRngState(state);
    expect(values(forkRng(1, () => rand([2])))).not.toEqual(first);
    expect(values(rand([2]))).toEqual(first);
    manualSeed(5);
    expect(values(rand([2]))).toEqual(first);
  });

  it("TOR-4: semantic tensors of different classes go together; the first one's class stays, with its metadata", () => {
    const image = ones([2, 2]).as(TensorImage);
    image.meta = { size: 2 };
    const mask = tensor([
      [1, 0],
      [0, 1],
    ]).as(TensorMask);
    for (const out of [image.add(mask), image.mul(mask), image.sub(mask), image.div(mask.add(1))]) {
      expect([out.constructor, out.meta]).toEqual([TensorImage, { size: 2 }]);
    }
    expect([values(image.eq(mask)), values(image.at(mask.bool()))]).toEqual([
      [
        [true, false],
        [false, true],
      ],
      [1, 1],
    ]);
    expect(values(image.matmul(mask))).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(values(image.at(tensor([1], { dtype: "int64" }).as(TensorCategory)))).toEqual([[1, 1]]);
    expect(
      values(nn.functional.gridSample(image.view([1, 1, 2, 2]), zeros([1, 1, 1, 2]), { alignCorners: true })),
    ).toEqual([[[[1]]]]);
  });

  it("TOR-11: one-hot there and back, interpolation and main axes as in fastai", () => {
    const hot = nn.functional.oneHot(tensor([0, 2], { dtype: "int64" }), 3).amax(0);
    expect(values(hot)).toEqual(want.one_hot);
    expect(oneHotDecode(tensor([1, 0, 1, 1]))).toEqual(want.one_hot_decode);
    const at = (x: number[]) => tensor(x);
    expect(interp1d(at([-1, 0, 0.5, 2.5, 4]), at([0, 1, 3]), at([0, 2, -2]))).toBeClose(want.interp);
    expect(() => interp1d(at([1]), at([1]), at([1]))).toThrow("of one length, at least 2, got [1] and [1]");
    const axes = pca(tensor(want.matrix));
    expect(axes.abs()).toBeClose(tensor(want.pca).abs(), { atol: 1e-5 });
  });

  it("TOR-14: arrays are kept in files that NumPy reads", async () => {
    const folder = await mkdtemp(join(tmpdir(), "arrays-"));
    await save(join(folder, "x.npy"), tensor([[1, 2]]));
    expect(values(await load(join(folder, "x.npy")))).toEqual([[1, 2]]);
    await rm(folder, { recursive: true });
  });
});

describe("nested tensors", () => {
  it("TOR-8: are mapped, listed, moved and converted in arrays, objects and maps", () => {
    const nested = { a: [tensor([1, 2]), "text"], b: new Map([["k", tensor([3], { dtype: "int64" })]]) };
    expect(tensorsIn(mapTensors(nested, (t) => t.add(1))).map(values)).toEqual([[2, 3], [4]]);
    expect(tensorsIn(toHalf(nested)).map((t) => t.dtype)).toEqual(["float16", "int64"]);
    expect(tensorsIn(toFloat(toHalf(nested))).map((t) => t.dtype)).toEqual(["float32", "int64"]);
    expect(tensorsIn(toDevice(nested, "meta")).map((t) => t.device)).toEqual(["meta", "meta"]);
    expect([findDevice(nested), findDevice("none"), findBs(nested), findBs([])]).toEqual(["cpu", undefined, 2, 0]);
    expect([itemFind([[["x"]], 1]), itemFind({ a: [5, 6] }), itemFind([1, 2], 1)]).toEqual(["x", 5, 2]);
    disposeTensors(nested);
  });

  it("TOR-8: are cut from their history, put in another order, and taken apart into samples", () => {
    const x = tensor([1], { requiresGrad: true }).mul(2);
    expect([toDetach([x])[0]?.requiresGrad, toDetach([x], { cpu: false })[0]?.requiresGrad]).toEqual([false, false]);
    const pair = [tensor([5, 6, 7]), tensor([[1], [2], [3]])];
    expect(nestedReorder(pair, [2, 0, 1]).map(values)).toEqual(want.reordered);
    const batch = [
      tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      tensor([7, 8, 9]),
    ];
    expect(batchToSamples(batch, 2).map((sample) => (sample as Tensor[]).map(values))).toEqual(want.samples);
  });
});

describe("values that are shown", () => {
  it("TOR-6: know their title and the column they are shown under", async () => {
    const titled = [
      new TitledInt(3),
      new TitledFloat(0.123456),
      new TitledStr("a b c d").truncate(2),
      titledTuple([1, 0.5]),
      new Category("cat"),
      multiCategory(["cat", "dog"]),
    ];
    expect(titled.map(({ title, label }) => [title, label])).toEqual([
      ["3", "text"],
      ["0.1235", "text"],
      [want.truncated, "text"],
      ["(1, 0.5)", "text"],
      ["cat", "category"],
      ["cat;dog", "category"],
    ]);
    expect(titled.at(-1)).toBeInstanceOf(MultiCategory);
    const svg = (await showSamples([[new TitledStr("photo"), new Category("cat")]])).toSVG();
    for (const text of ["photo", "cat", "category"]) expect(svg).toContain(text);
  });

  it("TOR-13: pictures stand in a grid with their titles", async () => {
    const image = ones([3, 4, 4]).mul(0.5).as(TensorImage);
    const figure = showImages([image, image, image], { titles: ["one", "two", "three"], cols: 2 });
    const svg = figure.toSVG();
    for (const title of ["one", "two", "three"]) expect(svg).toContain(title);
  });

  it("DCO-12: an item is decoded, or drawn, where it stands", async () => {
    const add = { encodes: (x: number) => x + 1, decodes: (x: number) => new TitledInt(x - 1) };
    const tls = await TfmdLists.create([10, 20], [add]);
    expect(Number(await tls.decodeAt(1))).toBe(20);
    expect((await tls.show(1)).toSVG()).toContain("20");
    const dsets = await Datasets.create([10, 20], [[add], [add]]);
    expect((await dsets.decodeAt(0)).map(Number)).toEqual([10, 10]);
    expect((await dsets.show(0)).toSVG()).toContain("10");
  });
});

describe("subsets", () => {
  it("DCO-10: several tuples are taken by position or mask", async () => {
    const dsets = await Datasets.create(["a", "b", "c"], [null, (x: string) => x.length]);
    expect(await dsets.getMany([2, 0])).toEqual([
      ["c", 1],
      ["a", 1],
    ]);
    expect(await dsets.getMany([false, true, false])).toEqual([["b", 1]]);
    expect(await (dsets.tls[0] as TfmdLists).getMany([1])).toEqual(["b"]);
  });

  it("DCO-2: each pass takes the split from the dataset", async () => {
    const onTrain = new Transform((x: number) => x + 100, { splitIdx: 0 });
    const { valid } = await TfmdLists.create([1, 2, 3], null, { splits: [[0], [1, 2]] });
    const dl = new TfmdDL(valid, { bs: 2, afterItem: [onTrain] });
    const pass = async () => values(await dl.oneBatch());
    expect(await pass()).toEqual([2, 3]);
    const undo = valid.setSplitIdx(0);
    expect(await pass()).toEqual([102, 103]);
    undo();
    expect(await pass()).toEqual([2, 3]);
  });
});
