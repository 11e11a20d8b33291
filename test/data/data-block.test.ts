import { describe, expect, it } from "vitest";
import {
  CategoryBlock,
  ColReader,
  ColSplitter,
  DataBlock,
  dispatch,
  GrandparentSplitter,
  IndexSplitter,
  IntToFloatTensor,
  loadersFromSpec,
  MultiCategoryBlock,
  mergeTfms,
  Normalize,
  Pipeline,
  parentLabel,
  RegexLabeller,
  RegressionBlock,
  type TensorCategory,
  TensorImage,
  TfmdDL,
  Transform,
  TransformBlock,
} from "../../src/data/index.js";
import { type Tensor, tensor } from "../../src/torch/index.js";
import { registerConstant } from "../../src/torch/registry.js";
import { failure } from "../failure.js";

/** A stand-in for photos: bytes made from the digits of the path. */
const photo = registerConstant("test.photo", function photo(path: string): TensorImage {
  const value = Number(/(\d+)/.exec(path)?.[1] ?? 0);
  return tensor([[[value, value]]], { dtype: "uint8" }).as(TensorImage);
});
const PhotoBlock = () => new TransformBlock({ typeTfms: photo, batchTfms: new IntToFloatTensor() });

function fails(): never {
  throw new Error("too small");
}

const files = ["train/a/10.jpg", "train/b/20.jpg", "train/a/30.jpg", "valid/b/40.jpg", "valid/a/50.jpg"];
const block = (more = {}) =>
  new DataBlock({
    blocks: [PhotoBlock, CategoryBlock],
    getItems: async (source: { files: string[] }) => source.files,
    splitter: GrandparentSplitter(),
    getY: parentLabel,
    ...more,
  });

describe("DataBlock", () => {
  it("DBL-3: collects, splits and labels items", async () => {
    const dsets = await block().datasets({ files });
    expect([dsets.train.length, dsets.valid.length, dsets.nInp]).toEqual([3, 2, 1]);
    const [x, y] = (await dsets.valid.get(0)) as [TensorImage, TensorCategory];
    expect([x.toArray(), Number(y.item())]).toEqual([[[[40, 40]]], 1]);
  });

  it("DBL-4: makes loaders with the steps of its blocks and more", async () => {
    const dls = await block().dataLoaders({ files }, { bs: 2, batchTfms: Normalize });
    expect(dls.train.pipelines.afterBatch.fs.map((tfm) => tfm.name)).toEqual(["IntToFloatTensor", "Normalize"]);
    expect(dls.train.pipelines.afterItem.fs.map((tfm) => tfm.name)).toEqual(["ToTensor"]);
    const [x, y] = (await dls.oneBatch()) as [TensorImage, TensorCategory];
    expect([x.dtype, x.shape, y.shape]).toEqual(["float32", [2, 1, 1, 2], [2]]);
    expect([...(dls.vocab as string[])]).toEqual(["a", "b"]);
  });

  it("DBL-1: takes blocks as values and as functions, and splits at random by default", async () => {
    const dblock = new DataBlock({
      blocks: [PhotoBlock(), RegressionBlock({ nOut: 1 })],
      getY: (path: string) => path.length,
    });
    const dls = await dblock.dataLoaders(files, { bs: 1 });
    expect([dls.train.n, dls.valid.n, dls.c]).toEqual([4, 1, 1]);
    expect(((await dls.oneBatch())[1] as Tensor).dtype).toBe("float32");
  });

  it("DBL-5, DBL-6: counts inputs, and the functions for them", async () => {
    const three = new DataBlock({
      blocks: [PhotoBlock, PhotoBlock, CategoryBlock],
      getX: [(o: string) => o, (o: string) => o],
      getY: parentLabel,
    });
    expect(three.nInp).toBe(2);
    const dsets = await three.datasets(files);
    expect((await dsets.get(0)).length).toBe(3);
    expect(() => block({ getX: [String, String] })).toThrow("expected 1 functions in getX, one for each input, got 2");
    expect(() => block({ getY: [] as never, nInp: 1 })).not.toThrow();
    expect(() => block({ nInp: 1, getY: [parentLabel, parentLabel] })).toThrow("wrap them in a Pipeline");
    expect(() => block({ getx: 1 })).toThrow("getx");
  });

  it("DBL-6: a Pipeline of getters is applied in turn", async () => {
    const getY = new Pipeline([parentLabel, (name: string) => name.toUpperCase()]);
    expect([...((await block({ getY }).dataLoaders({ files })).vocab as string[])]).toEqual(["A", "B"]);
  });

  it("DBL-7: of the same class or function name only the last stays, in the first one's place", () => {
    class Crop extends Transform {
      constructor(readonly size = 1) {
        super();
      }
    }
    const flip = (x: unknown) => x;
    const merged = mergeTfms([new Crop(1), flip], [Crop, (x: unknown) => x, (x: unknown) => x], [new Crop(3)]);
    expect(merged.map((tfm) => [tfm.name, (tfm as Crop).size])).toEqual([
      ["Crop", 3],
      ["flip", undefined],
      ["function", undefined],
      ["function", undefined],
    ]);
  });

  it("DBL-8: new replaces the extra steps and keeps those of the blocks", () => {
    class Crop extends Transform {}
    class Flip extends Transform {}
    const dblock = block({ batchTfms: [new Crop()] });
    const names = () => dblock.batchTfms.map((tfm) => tfm.name);
    expect(names()).toEqual(["IntToFloatTensor", "Crop"]);
    dblock.new({ batchTfms: new Flip() });
    expect(names()).toEqual(["IntToFloatTensor", "Flip"]);
  });

  it("DBL-9: takes columns", async () => {
    const dblock = DataBlock.fromColumns({
      blocks: [TransformBlock, CategoryBlock].map((b) =>
        b === TransformBlock ? new TransformBlock() : CategoryBlock(),
      ),
      splitter: IndexSplitter([2]),
    });
    const dsets = await dblock.datasets([
      [1, 2, 3],
      ["a", "b", "a"],
    ]);
    expect([dsets.items, (await dsets.train.get(0))[0]]).toEqual([
      [
        [1, "a"],
        [2, "b"],
        [3, "a"],
      ],
      1,
    ]);
    const uneven = dblock.datasets([[1, 2], ["a"]]);
    expect((await failure(uneven)).message).toContain(
      "DataBlock.fromColumns: expected columns of one length, got 2, 1",
    );
  });

  it("F-13: reads rows of a table with several labels", async () => {
    const rows = [
      { fname: "1.jpg", labels: "x y", is_valid: "False" },
      { fname: "2.jpg", labels: "", is_valid: "True" },
    ];
    const dls = await new DataBlock({
      blocks: [PhotoBlock, MultiCategoryBlock()],
      getX: ColReader("fname", { pref: "train/" }),
      getY: ColReader("labels", { labelDelim: " " }),
      splitter: ColSplitter(),
    }).dataLoaders(rows, { bs: 1 });
    expect([...(dls.vocab as string[]), dls.c]).toEqual(["x", "y", 2]);
    expect(((await dls.valid.oneBatch())[1] as Tensor).toArray()).toEqual([[0, 0]]);
    expect(() => MultiCategoryBlock({ encoded: true })).toThrow("encoded targets need a vocab");
  });

  it("DBL-2: takes the loader kind and settings of its blocks, unless it has its own", async () => {
    class OwnDL extends TfmdDL {}
    const Own = new TransformBlock({ dlType: OwnDL, dlsKwargs: { bs: 1, beforeBatch: [(items: unknown[]) => items] } });
    const Letters = () => CategoryBlock({ vocab: ["a", "b", "c", "d", "e"] });
    const dls = await new DataBlock({ blocks: [Own, Letters] }).dataLoaders(["a", "b", "c", "d", "e"]);
    expect([dls.train.constructor, dls.valid.constructor, dls.train.bs, dls.valid.bs]).toEqual([OwnDL, OwnDL, 1, 1]);
    const plain = await new DataBlock({ blocks: [Own, Letters], dlType: TfmdDL }).dataLoaders(["a", "b", "c"], {
      bs: 2,
    });
    expect([plain.train.constructor, plain.train.bs]).toEqual([TfmdDL, 2]);
  });

  it("says when there is nothing to train on, or an item fails", async () => {
    expect((await failure(block().dataLoaders({ files: [] }))).message).toContain(
      "expected items, got none. Check getItems",
    );
    expect((await failure(block().dataLoaders({ files: ["x/a/1.jpg"] }))).message).toContain(
      "GrandparentSplitter: expected items below a folder train, got x. Give trainName, or [] for no such items.",
    );
    expect(
      (await failure(block({ splitter: IndexSplitter([0]) }).dataLoaders({ files: ["x/a/1.jpg"] }))).message,
    ).toContain("expected training items, got none of 1 items");
    const sizes = block({
      itemTfms: dispatch([TensorImage, (x) => x.repeat([1, 1, Number(x.at(0, 0, 0).item()) / 10])]),
    });
    const dls = await sizes.dataLoaders({ files }, { bs: 3 });
    expect((await failure(dls.oneBatch())).message).toContain("TensorImage");
  });

  it("DBL-10: tells what becomes of a source step by step", async () => {
    const lines: string[] = [];
    const text = await block().summary({ files }, { bs: 2, print: (line) => lines.push(line) });
    expect(lines.join("\n")).toBe(text);
    for (const part of [
      "Found 5 items",
      "2 datasets of sizes 3, 2",
      "applying photo gives",
      "TensorImage of size 1x1x2 (uint8)",
      "TensorImage of size 2x1x1x2 (float32)",
      "Collating 2 items",
      "IntToFloatTensor",
    ]) {
      expect(text).toContain(part);
    }
    const failing = block({
      getY: (): never => {
        throw new Error("no label");
      },
    });
    expect((await failure(failing.summary({ files }, { print: null }))).message).toContain("no label");
  });

  it.each([
    [
      "an item step",
      { itemTfms: dispatch([TensorImage, () => fails()]) },
      "applying dispatched failed: too small",
      "DataBlock.summary: dispatched failed on train/a/10.jpg: too small",
    ],
    [
      "a batch step",
      { batchTfms: fails },
      "applying fails failed: too small",
      "DataBlock.summary: fails failed on a batch of train/a/10.jpg and others: too small",
    ],
    [
      "collating",
      { itemTfms: dispatch([TensorImage, (x) => x.repeat([1, 1, Number(x.at(0, 0, 0).item()) / 10])]) },
      "  failed: collate: expected items of one size",
      "Here item 0 is train/a/10.jpg, item 1 is train/b/20.jpg.",
    ],
    [
      "the classes",
      { getY: () => "a" },
      "2 datasets of sizes 3, 2",
      "expected at least 2 classes among 3 training items, got [a]",
    ],
  ])("DBL-10: says that %s is where it breaks, and on which item", async (_, more, line, message) => {
    const lines: string[] = [];
    const error = await failure(block(more).summary({ files }, { print: (text) => lines.push(text) }));
    expect(lines.join("\n")).toContain(line);
    expect(error.message).toContain(message);
  });
});

describe("export of loaders", () => {
  const make = async (more = {}) =>
    block(more).dataLoaders({ files }, { bs: 2, batchTfms: Normalize.fromStats([0.5], [0.25]) });
  const json = (x: unknown) => JSON.parse(JSON.stringify(x));

  it("LRN export: loaders come back from JSON without items and treat new files the same", async () => {
    const dls = await make();
    const loaded = loadersFromSpec(json(await dls.toSpec()));
    expect([[...(loaded.vocab as string[])], loaded.c, loaded.nInp, loaded.train.n]).toEqual([["a", "b"], 2, 1, 0]);
    const [x] = await (await loaded.testDl(["any/60.jpg"])).oneBatch();
    const [expected] = await (await dls.testDl(["any/60.jpg"])).oneBatch();
    expect(x?.toArray()).toEqual(expected?.toArray());
    const decoded = (await loaded.valid.decodeBatch([x, tensor([1], { dtype: "int64" })])) as [Tensor, unknown][];
    expect(String(decoded[0]?.[1])).toBe("b");
    const first = decoded[0]?.[0] as Tensor;
    const pixels = Array.from(first.view(-1).toArray() as number[], Number);
    expect(pixels.every((value) => Math.abs(value - 60) <= 1)).toBe(true);
  });

  it("a target's function that nobody registered becomes a placeholder that says so when used", async () => {
    const loaded = loadersFromSpec(json(await (await make({ getY: (path: string) => path.split("/")[1] })).toSpec()));
    expect((await (await loaded.testDl(["any/60.jpg"])).oneBatch()).length).toBe(1);
    const labelled = await loaded.testDl(["any/60.jpg"], { withLabels: true });
    expect((await failure(labelled.oneBatch())).message).toContain("this step of the targets was not exported");
  });

  it("an input's function that nobody registered makes the export fail by its name", async () => {
    const getX = function readSomewhere(path: string) {
      return path;
    };
    expect((await failure((await make({ getX })).toSpec())).message).toContain(
      "registered steps in input 0, got the function readSomewhere",
    );
  });

  it("labellers travel with their settings", async () => {
    const dls = await make({ getY: RegexLabeller(/\/(.)\//) });
    const loaded = loadersFromSpec(json(await dls.toSpec()));
    const [, y] = await (await loaded.testDl(["z/b/1.jpg"], { withLabels: true })).oneBatch();
    expect(Number(y?.item())).toBe(1);
  });

  it("refuses what is no description", () => {
    expect(() => loadersFromSpec({ version: 2 })).toThrow("expected exported loaders, got a problem at version");
  });
});
