import { describe, expect, it } from "vitest";
import {
  Categorize,
  DataError,
  Datasets,
  isTuple,
  TensorCategory,
  TfmdLists,
  Transform,
  testSet,
} from "../../src/data/index.js";
import { type Tensor, tensor } from "../../src/torch/index.js";
import { failure } from "../failure.js";

class Photo {
  constructor(readonly path: string) {}
}
const open = async (path: string) => new Photo(path);
const label = (path: string) => path.split("_")[0] ?? "";
class PhotoTensor extends Transform {}
PhotoTensor.extend(Photo, { encodes: (photo) => tensor([photo.path.length]) });

const files = ["cat_1", "dog_2", "cat_3", "emu_4"];
const splits = [
  [0, 1],
  [2, 3],
];
const make = () =>
  Datasets.create(files, [[open], [label, new Categorize({ vocab: ["cat", "dog", "emu"] })]], { splits });

describe("TfmdLists", () => {
  it("DCO-9: applies its pipeline when an item is asked for, and undoes it", async () => {
    const tls = await TfmdLists.create([1, 2, 3], [{ encodes: (x: number) => x + 1, decodes: (x: number) => x - 1 }]);
    expect([tls.length, tls.get(0), tls.decode(4)]).toEqual([3, 2, 3]);
    const all: unknown[] = [];
    for await (const x of tls) all.push(x);
    expect(all).toEqual([2, 3, 4]);
  });

  it("DCO-9, FND-20: sets up on the training subset, each step on what the steps before it make", async () => {
    const seen: unknown[] = [];
    class Note extends Transform {
      override async setups(items: unknown) {
        for await (const item of items as TfmdLists) seen.push(item);
      }
    }
    await TfmdLists.create(["a", "b", "c"], [(x: string) => x.toUpperCase(), new Note()], { splits: [[0, 2], [1]] });
    expect(seen).toEqual(["A", "C"]);
  });

  it("DCO-9: splits by positions or masks, and finds overlaps", async () => {
    const tls = await TfmdLists.create(["a", "b", "c"], null, {
      splits: [
        [true, false, true],
        [1, 2],
      ],
    });
    expect(tls.splits).toEqual([
      [0, 2],
      [1, 2],
    ]);
    expect([tls.train.items, tls.valid.items, tls.overlappingSplits()]).toEqual([["a", "c"], ["b", "c"], [2]]);
    expect([tls.train.splitIdx, tls.valid.splitIdx]).toEqual([0, 1]);
    expect((await failure(TfmdLists.create(["a"], null, { splits: [[0, 5]] }))).message).toContain(
      "positions below 1 in split 0, got 5",
    );
    expect(() => tls.subset(2)).toThrow("expected a subset below 2, got 2");
  });

  it("takes all items for training without splits, and refuses positions outside", async () => {
    const tls = await TfmdLists.create(["a", "b"], null);
    expect([tls.train.length, tls.valid.length]).toEqual([2, 0]);
    expect(() => tls.get(2)).toThrow("expected a position below 2, got 2");
  });

  it("gives raw items whole to a function that stands first", async () => {
    const pairs = [[new Photo("a"), "x"] as const];
    const tls = await TfmdLists.create(pairs, [(pair: readonly [Photo, string]) => pair[1]]);
    expect(tls.get(0)).toBe("x");
  });

  it("DCO-9: finds the step that takes a value, and passes it on from there", async () => {
    const tls = await TfmdLists.create(files, [open, new PhotoTensor()]);
    expect([tls.inferIdx("x"), tls.inferIdx(new Photo("x")), tls.inferIdx(tensor([1]))]).toEqual([0, 1, 2]);
    expect(((await tls.infer(new Photo("abc"))) as Tensor).toArray()).toEqual([3]);
    expect(() => tls.inferIdx(3)).toThrow("expected a value of one of String, Photo, Tensor, got 3");
  });

  it("honours the classes a function declares to take", async () => {
    const openAny = Object.assign((x: unknown) => new Photo(String(x)), { inputTypes: [String, Uint8Array] });
    const tls = await TfmdLists.create(files, [openAny]);
    expect(tls.inferIdx(new Uint8Array(2))).toBe(0);
  });

  it("names the step and the item when set-up fails", async () => {
    const fails = (path: string) => {
      throw new Error(`cannot read ${path}`);
    };
    const error = await TfmdLists.create(["a.jpg"], [fails]).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ item: "a.jpg", stage: "fails" });
  });
});

describe("Datasets", () => {
  it("DCO-10: makes tuples of its pipelines' items", async () => {
    const dsets = await make();
    const item = await dsets.get(1);
    expect(isTuple(item)).toBe(true);
    expect(item[0]).toEqual(new Photo("dog_2"));
    expect(item[1]).toBeInstanceOf(TensorCategory);
    expect([dsets.length, dsets.nInp, dsets.nSubsets, dsets.items]).toEqual([4, 1, 2, files]);
    expect(String((await dsets.decode(item))[1])).toBe("dog");
  });

  it("DCO-10: nInp is all but the last, at least 1, or as given", async () => {
    const three = await Datasets.create([1], [null, null, null]);
    const one = await Datasets.create([1], [null]);
    const given = await Datasets.create([1], [null, null, null], { nInp: 1 });
    expect([three.nInp, one.nInp, given.nInp]).toEqual([2, 1, 1]);
  });

  it("DCO-10: its subsets know their split, and a split can be set for a while", async () => {
    const dsets = await make();
    const onTrain = new Transform((x: string) => `${x}!`, { splitIdx: 0 });
    const { valid } = await Datasets.create(["a", "b"], [[onTrain]], { splits: [[0], [1]] });
    expect([dsets.train.splitIdx, dsets.valid.splitIdx, valid.get(0)]).toEqual([0, 1, ["b"]]);
    const undo = valid.setSplitIdx(0);
    expect(valid.get(0)).toEqual(["b!"]);
    undo();
    expect(valid.get(0)).toEqual(["b"]);
  });

  it("FND-6, FND-7: gathers what the pipelines' steps say", async () => {
    expect((await make()).gather("vocab").map((vocab) => [...(vocab as string[])])).toEqual([["cat", "dog", "emu"]]);
  });

  it("DCO-11: a test set has the inputs only, from the first step that takes the items", async () => {
    const dsets = await make();
    const test = testSet(dsets, ["new_1"]);
    expect(await test.get(0)).toEqual([new Photo("new_1")]);
    const opened = testSet(dsets, [new Photo("here")]);
    expect(await opened.get(0)).toEqual([new Photo("here")]);
    expect(test.splitIdx).toBe(1);
  });

  it("DCO-11: with labels it has the targets too", async () => {
    const [, category] = await testSet(await make(), ["emu_9"], { withLabels: true }).get(0);
    expect(Number((category as Tensor).item())).toBe(2);
  });

  it("DCO-11: the first step can be given", async () => {
    const dsets = await Datasets.create([1, 2], [[(x: number) => x + 1, (x: number) => x * 10]]);
    expect(testSet(dsets, [5]).get(0)).toEqual([60]);
    expect(testSet(dsets, [5], { rmTypeTfms: 1 }).get(0)).toEqual([50]);
  });

  it("takes tables, anything with length and row(i), and refuses what is no list", async () => {
    const table = { length: 2, row: (i: number) => ({ y: i }) };
    expect((await Datasets.create(table, [(row: { y: number }) => row.y])).items).toEqual([{ y: 0 }, { y: 1 }]);
    expect((await failure(Datasets.create(3, [null]))).message).toContain(
      "expected an array, a table or an iterable of items, got number",
    );
  });
});
