import { describe, expect, it } from "vitest";
import {
  Categorize,
  CategoryBlock,
  DataBlock,
  type DataBlockOptions,
  DataError,
  DataLoader,
  Datasets,
  dispatch,
  disposeTensors,
  downloadFile,
  EncodedMultiCategorize,
  FileSplitter,
  GrandparentSplitter,
  getFiles,
  IndexSplitter,
  InplaceTransform,
  MaskSplitter,
  MultiCategoryBlock,
  Normalize,
  OneHotEncode,
  Pipeline,
  parentLabel,
  RegexLabeller,
  RegressionBlock,
  SortedDL,
  skipItem,
  type TensorCategory,
  TfmdLists,
  Transform,
  TransformBlock,
  untarData,
} from "../../src/data/index.js";
import { ones, type Tensor, tensor } from "../../src/torch/index.js";
import { failure } from "../failure.js";

const files = ["train/cat/1", "train/dog/2", "train/cat/3", "train/dog/4", "valid/cat/5", "valid/dog/6"];
const NumberBlock = () => new TransformBlock({ typeTfms: (path: string) => tensor([Number(path.slice(-1))]) });

/** What a newcomer reads: the message of what making loaders, or going through them, fails with. */
async function told(options: DataBlockOptions = {}, items: unknown = files): Promise<string> {
  const run = async () => {
    const given = { blocks: [NumberBlock, CategoryBlock], splitter: GrandparentSplitter(), getY: parentLabel };
    const dls = await new DataBlock({ ...given, ...options }).dataLoaders(items, { bs: 2 });
    for (const dl of dls.loaders) for await (const batch of dl) disposeTensors(batch);
  };
  return (await failure(run())).message;
}

const at = (path: string, x: unknown, otherwise: (path: string) => unknown = parentLabel) => ({
  getY: (file: string) => (file === path ? x : otherwise(file)),
});

describe("labels", () => {
  it.each([
    [
      "is missing",
      at("train/cat/3", undefined),
      "reading train/cat/3 failed: getY: expected a result, got undefined for train/cat/3",
    ],
    [
      "is null",
      at("train/cat/3", null),
      "preparing train/cat/3 failed: Categorize: expected a label, got null. Make getY give one",
    ],
    [
      "is not found",
      { getY: RegexLabeller(/(cat|dog).[12]/) },
      'with one group in "train/cat/3", found nothing. Change the pattern',
    ],
    [
      "cannot be read",
      { getY: (path: { missing: string }) => path.missing.length } as never,
      "reading train/cat/1 failed in getY: Cannot read",
    ],
    [
      "is a list where one is expected",
      at("train/cat/1", ["a", "b"]),
      "expected one label, got the list [a, b]. For several labels an item use MultiCategoryBlock",
    ],
    [
      "is only in validation",
      at("valid/dog/6", "wolf"),
      'the label of valid/dog/6 in the validation set failed: Categorize: expected labels of the training data (cat, dog), got "wolf". Check getY',
    ],
    [
      "is not in the given vocab",
      { blocks: [NumberBlock, CategoryBlock({ vocab: ["cat"] })] },
      'expected labels of the training data (cat), got "dog"',
    ],
    [
      "is the same everywhere",
      { getY: () => "cat" },
      "expected at least 2 classes among 4 training items, got [cat]. Check getY; for one class on purpose give CategoryBlock({ vocab })",
    ],
    [
      "is a text where a list is expected",
      { blocks: [NumberBlock, MultiCategoryBlock] },
      'MultiCategorize: expected a list of labels, got the text "cat". Give [label]',
    ],
    [
      "is one of several, unknown",
      {
        blocks: [NumberBlock, MultiCategoryBlock],
        ...at("valid/dog/6", ["cat", "wolf"], (path) => [parentLabel(path)]),
      },
      'got "wolf"',
    ],
    [
      "is a name where a number is expected",
      { blocks: [NumberBlock, RegressionBlock()] },
      'RegressionSetup: expected a number or a list of numbers, got the text "cat". Make getY give numbers; for names use CategoryBlock',
    ],
    [
      "is nothing where a number is expected",
      { blocks: [NumberBlock, RegressionBlock()], ...at("train/dog/2", null, () => 1) },
      "preparing train/dog/2 failed: RegressionSetup: expected a number or a list of numbers, got null",
    ],
    [
      "has more numbers than the first",
      { blocks: [NumberBlock, RegressionBlock()], ...at("train/dog/2", [1, 2, 3], () => [1, 2]) },
      "preparing train/dog/2 failed: RegressionSetup: expected 2 numbers, as in the first training item, got [1, 2, 3]",
    ],
  ] as [string, DataBlockOptions, string][])(
    "DTR-6, DTR-7, DTR-10: tells when one %s",
    async (_, options, expected) => {
      expect(await told(options)).toContain(expected);
    },
  );

  it("one class on purpose is fine, and so are numbers written as text", async () => {
    const one = new DataBlock({
      blocks: [NumberBlock, CategoryBlock({ vocab: ["cat"] })],
      getY: () => "cat",
      splitter: IndexSplitter([5]),
    });
    expect((await one.dataLoaders(files, { bs: 2 })).c).toBe(1);
    const texts = new DataBlock({
      blocks: [NumberBlock, RegressionBlock()],
      getY: () => "1.5",
      splitter: IndexSplitter([5]),
    });
    expect(((await (await texts.dataLoaders(files, { bs: 2 })).oneBatch())[1] as Tensor).toArray()).toEqual([1.5, 1.5]);
  });

  it("items whose label calls skipItem are left out, in set-up too", async () => {
    const getY = (path: string) => (/[15]$/.test(path) ? skipItem("no label") : parentLabel(path));
    const dls = await new DataBlock({
      blocks: [NumberBlock, CategoryBlock],
      getY,
      splitter: GrandparentSplitter(),
    }).dataLoaders(files, { bs: 3 });
    expect((await dls.oneBatch()).map((t) => t.shape)).toEqual([[3, 1], [3]]);
    expect(((await dls.valid.oneBatch())[0] as Tensor).toArray()).toEqual([[6]]);
  });
});

describe("items and splits", () => {
  it.each([
    [
      "a path without getItems",
      {},
      "some/folder",
      "expected a list of items, got some/folder. Give getItems, such as getImageFiles",
    ],
    [
      "getItems that returns nothing",
      { getItems: () => undefined },
      "x",
      "expected a list of items, got undefined. Return an array from getItems",
    ],
    ["no items", {}, [], "expected items, got none. Check getItems"],
    [
      "a misspelt training folder",
      { splitter: GrandparentSplitter({ trainName: "trian" }) },
      files,
      "expected items below a folder trian, got train, valid. Give trainName",
    ],
    [
      "a misspelt validation folder",
      { splitter: GrandparentSplitter({ validName: ["val", "test"] }) },
      files,
      "expected items below a folder val or test, got train, valid. Give validName",
    ],
    [
      "no training items",
      { splitter: IndexSplitter([0, 1, 2, 3, 4, 5]) },
      files,
      "expected training items, got none of 6 items",
    ],
    [
      "a splitter that returns nothing",
      { splitter: (() => undefined) as never },
      files,
      "expected the splitter to give [training positions, validation positions], got undefined",
    ],
    [
      "a splitter that returns one list",
      { splitter: (() => [0, 1]) as never },
      files,
      "validation positions], got [0, 1]",
    ],
    [
      "a split of other items",
      { splitter: IndexSplitter([99]) },
      files,
      "expected positions below 6 in split 1, got 99",
    ],
    [
      "a mask of another length",
      { splitter: MaskSplitter([true]) },
      files,
      "MaskSplitter: expected a mask for each of 6 items, got 1",
    ],
    [
      "a list of names that is not there",
      { splitter: FileSplitter("/nowhere/valid.txt") },
      files,
      "FileSplitter: expected a file of names, one a line, got /nowhere/valid.txt: ENOENT",
    ],
  ] as [string, DataBlockOptions, unknown, string][])(
    "DBL-3, DTR-3: tells of %s",
    async (_, options, items, expected) => {
      expect(await told(options, items)).toContain(expected);
    },
  );

  it("DBL-3: an empty validation set is fine until it is asked for a batch", async () => {
    const options = { blocks: [NumberBlock, CategoryBlock], getY: parentLabel, splitter: IndexSplitter([]) };
    const dls = await new DataBlock(options).dataLoaders(files, { bs: 2 });
    for await (const _ of dls.valid) expect.unreachable();
    expect((await failure(dls.valid.oneBatch())).message).toContain(
      "got none (0 items, bs 2, dropLast false). Check the splitter",
    );
    expect(GrandparentSplitter({ validName: [] })(files)).toEqual([[0, 1, 2, 3], []]);
  });

  it.each([
    [
      "a block that is none",
      { blocks: [NumberBlock, "category"] },
      "expected blocks such as ImageBlock or CategoryBlock(), got category as block 1",
    ],
    [
      "a transform for a block",
      { blocks: [NumberBlock, Categorize] },
      "got Categorize as block 1. Wrap steps of your own",
    ],
    ["no blocks", { blocks: [], getY: undefined }, "expected inputs among the 0 blocks"],
    ["more inputs than blocks", { nInp: 3 }, "expected inputs among the 2 blocks, got 2 blocks and nInp 3"],
    ["too few getters", { getters: [String] }, "expected 2 getters, one for each block, got 1. Give null"],
    [
      "too many functions",
      { getY: [parentLabel, parentLabel] },
      "expected 1 functions in getY, one for each target, got 2",
    ],
    ["a getter that is none", { getX: 3 }, "expected a function or a transform in getX, got 3"],
    ["a misspelt option", { get_y: parentLabel }, 'got "get_y". Did you mean "getY"?'],
  ] as [string, DataBlockOptions, string][])("DBL-1, DBL-6: tells of %s", async (_, options, expected) => {
    expect(await told(options)).toContain(expected);
  });
});

describe("steps", () => {
  const items = { blocks: [NumberBlock, CategoryBlock] };

  it.each([
    [
      "nothing",
      {
        itemTfms: function halve(x: Tensor) {
          x.div(2);
        },
      },
      "failed: halve: expected a result, got undefined for Tensor([1]). Return a value",
    ],
    [
      "nothing, from a batch",
      { batchTfms: (_: unknown) => undefined },
      "failed: batchTfms: expected a result, got undefined",
    ],
    [
      "an error",
      {
        batchTfms: function broken() {
          throw new Error("of mine");
        },
      },
      "passing one item (train/cat/1) through the loader failed in broken: of mine",
    ],
    [
      "a text for some items",
      { itemTfms: (x: Tensor) => (x.dtype === "float32" && x.item() === 3 ? "three" : x) },
      "in item 0 and ",
    ],
    [
      "tensors of several sizes",
      { itemTfms: (x: Tensor) => (x.dtype === "float32" ? ones([Number(x.item())]) : x) },
      "Give them one size in an item transform, or pad them in beforeBatch. Here item 0 is train/",
    ],
  ] as [string, DataBlockOptions, string][])(
    "FND-11, DLD-8: tells when a transform returns %s",
    async (_, options, expected) => {
      expect(await told({ ...items, ...options })).toContain(expected);
    },
  );

  it("FND-14: a transform that works by side effect returns nothing on purpose", () => {
    const seen: unknown[] = [];
    expect(new Pipeline([new InplaceTransform((x: number) => void seen.push(x))]).encode(2)).toBe(2);
    expect(seen).toEqual([2]);
  });

  it("DCO-3: names the step of a loader that fails, also later and when it waits", async () => {
    const slow = async function slow(x: number) {
      if (x === 3) throw new RangeError("too far");
      return x;
    };
    const tls = await TfmdLists.create([1, 2, 3], [slow]);
    const error = await failure(new DataLoader(tls, { bs: 3 }).oneBatch());
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({
      item: "3",
      stage: "slow",
      message: "DataLoader: preparing 3 failed in slow: too far",
    });
    const typed = new Pipeline([new Transform(dispatch([String, (x) => x.repeat(-1)]))]);
    expect(() => typed.encode("x")).toThrow(RangeError);
  });

  it("an item that fails in two members at once fails once", async () => {
    const late = async (x: number) => {
      if (x > 1) throw new Error("late");
      return x;
    };
    const soon = (x: number) => {
      if (x > 1) throw new Error("too soon");
      return x;
    };
    const dsets = await Datasets.create([1, 2], [[late], [soon]]);
    expect((await failure(new DataLoader(dsets, { bs: 2 }).oneBatch())).message).toContain("failed in soon: too soon");
    await new Promise((resolve) => setTimeout(resolve, 5)); // a failure that nobody hears of would end the process
  });

  it("DTR-14: Normalize says when it is not given images", async () => {
    const message = await told({ ...items, batchTfms: Normalize });
    expect(message).toContain(
      "Normalize: expected a batch that starts with images [N, C, H, W], got [2, 1]. Give mean and std, or axes",
    );
  });
});

describe("parts by themselves", () => {
  it.each<[string, () => unknown, string]>([
    [
      "a loader of nothing",
      () => new DataLoader(undefined as never),
      "expected a dataset, an array or something with length",
    ],
    [
      "a skipBroken that is neither",
      () => new DataLoader([1], { skipBroken: "yes" as never }),
      "true, false or a function, got yes",
    ],
    [
      "one pipeline for several",
      () => Datasets.create(["a"], String as never),
      "expected a list of pipelines, one for each member",
    ],
    [
      "one split for several",
      () => TfmdLists.create([1, 2], null, { splits: [0, 1] as never }),
      "expected a list of positions as split 0, got 0",
    ],
    ["a class beyond c", () => new OneHotEncode({ c: 2 }).encode([5]), "OneHotEncode: expected numbers below 2, got 5"],
    [
      "a vector of another length",
      () => new EncodedMultiCategorize(["a", "b"]).encode([1, 0, 1]),
      "expected 2 values, one for each of the vocab, got 3",
    ],
    [
      "a size that is no number",
      () => new SortedDL([1], { bs: 1, sortFunc: String as never }).sizes(),
      "expected a number from sortFunc, got 1",
    ],
    ["extensions without a dot", () => getFiles(".", { extensions: ["png"] }), 'extensions with their dot, got "png"'],
    ["an address that is none", () => untarData("pets"), "expected the address of a .tgz"],
    [
      "a misspelt option of a download",
      () => downloadFile("http://127.0.0.1:1", "x", { retrys: 1 } as never),
      "retrys",
    ],
  ])("tells of %s", async (_, make, expected) => {
    const run = async () => make();
    expect((await failure(run())).message).toContain(expected);
  });
});

describe("test items", () => {
  const make = async () =>
    new DataBlock({
      blocks: [NumberBlock, CategoryBlock],
      splitter: GrandparentSplitter(),
      getY: parentLabel,
    }).dataLoaders(files, { bs: 2 });

  it("DCO-11: tells of items of another kind, of one item, of none, and of unknown labels", async () => {
    const dls = await make();
    expect((await failure(dls.testDl([3]))).message).toContain("expected a value of one of String, Tensor, got 3");
    expect((await failure(dls.testDl("train/cat/1"))).message).toContain("Put a single item into an array");
    expect((await failure(dls.testDl([]).then((dl) => dl.oneBatch()))).message).toContain("or the items given");
    const wolf = await dls.testDl(["x/wolf/1"], { withLabels: true });
    expect((await failure(wolf.oneBatch())).message).toContain(
      'preparing x/wolf/1 failed: Categorize: expected labels of the training data (cat, dog), got "wolf"',
    );
  });

  it("DCO-11: without labels gives inputs only", async () => {
    const batch = await (await (await make()).testDl(["x/wolf/1"])).oneBatch();
    expect(batch.map((t) => (t as TensorCategory).toArray())).toEqual([[[1]]]);
  });
});
