import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  ColSplitter,
  EndSplitter,
  FileSplitter,
  FuncSplitter,
  GrandparentSplitter,
  IndexSplitter,
  MaskSplitter,
  RandomSplitter,
  RandomSubsetSplitter,
  TrainTestSplitter,
} from "../../src/data/index.js";
import { manualSeed, rand } from "../../src/torch/index.js";
import fixture from "../fixtures/data.json" with { type: "json" };

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const paths = ["d/train/a/0.jpg", "d/valid/a/1.jpg", "d/train/b/2.jpg", "d/test/b/3.jpg"];
const rows = [
  { is_valid: false, fold: 0 },
  { is_valid: true, fold: 1 },
  { is_valid: false, fold: 2 },
  { is_valid: true, fold: 1 },
];
const want = fixture.splitters;

describe("splitters", () => {
  it.each([
    { name: "RandomSplitter with seed 42", got: () => RandomSplitter({ seed: 42 })(range(20)), want: want.random_42 },
    {
      name: "RandomSplitter 0.35",
      got: () => RandomSplitter({ validPct: 0.35, seed: 7 })(range(20)),
      want: want.random_7_pct_35,
    },
    {
      name: "RandomSubsetSplitter",
      got: () => RandomSubsetSplitter(0.5, 0.25, { seed: 3 })(range(20)),
      want: want.subset_3,
    },
    {
      name: "TrainTestSplitter",
      got: () => TrainTestSplitter({ randomState: 42 })(range(20)),
      want: want.train_test,
    },
    {
      name: "TrainTestSplitter with a part for training",
      got: () => TrainTestSplitter({ testSize: 0.33, trainSize: 0.4, randomState: 7 })(range(41)),
      want: want.train_test_part,
    },
    {
      name: "TrainTestSplitter with uneven classes",
      got: () =>
        TrainTestSplitter({ testSize: 0.25, randomState: 3, stratify: range(60).map((i) => (i * i) % 7) })(range(60)),
      want: want.train_test_even,
    },
    { name: "EndSplitter", got: () => EndSplitter({ validPct: 0.25 })(range(20)), want: want.end },
    {
      name: "EndSplitter at the start",
      got: () => EndSplitter({ validPct: 0.25, validLast: false })(range(20)),
      want: want.start,
    },
    { name: "IndexSplitter", got: () => IndexSplitter([3, 1])(range(6)), want: want.index },
    {
      name: "GrandparentSplitter",
      got: () => GrandparentSplitter({ validName: ["valid", "test"] })(paths),
      want: want.grandparent,
    },
    { name: "FuncSplitter", got: () => FuncSplitter((o: number) => o % 3 === 0)(range(7)), want: want.func },
    { name: "MaskSplitter", got: () => MaskSplitter([true, false, true])(range(3)), want: want.mask },
    { name: "ColSplitter", got: () => ColSplitter()(rows), want: want.col },
    { name: "ColSplitter on a value", got: () => ColSplitter("fold", { on: 1 })(rows), want: want.col_on },
  ])("DTR-3: $name divides as fastai's", ({ got, want }) => {
    const [train, valid] = got();
    expect({ train, valid }).toEqual(want);
  });

  it("DTR-3: RandomSplitter chooses fastai's items among a thousand", () => {
    expect(RandomSplitter({ seed: 42 })(range(1000))[1].slice(0, 20)).toEqual(want.random_42_n1000_head);
  });

  it("RandomSplitter with a seed leaves the tensor generator as it was", () => {
    manualSeed(1);
    const expected = rand([2]).toArray();
    manualSeed(1);
    RandomSplitter({ seed: 42 })(range(10));
    expect(rand([2]).toArray()).toEqual(expected);
  });

  it("RandomSplitter without a seed follows the tensor generator", () => {
    manualSeed(9);
    const first = RandomSplitter()(range(30));
    const second = RandomSplitter()(range(30));
    manualSeed(9);
    expect(RandomSplitter()(range(30))).toEqual(first);
    expect(second).not.toEqual(first);
  });

  it("DTR-3: FileSplitter takes the named files", async () => {
    const folder = await mkdtemp(join(tmpdir(), "split-"));
    await writeFile(join(folder, "valid.txt"), "1.jpg\n3.jpg\n");
    expect(await FileSplitter(join(folder, "valid.txt"))(paths)).toEqual([
      [0, 2],
      [1, 3],
    ]);
    await rm(folder, { recursive: true });
  });

  it("DTR-3: TrainTestSplitter keeps the classes' shares", () => {
    const classes = range(100).map((i) => (i < 80 ? "a" : "b"));
    const [train, valid] = TrainTestSplitter({ testSize: 0.25, randomState: 1, stratify: classes })(classes);
    expect([train.length, valid.length]).toEqual([75, 25]);
    expect(valid.filter((i) => classes[i] === "b").length).toBe(5);
    expect([...train, ...valid].sort((a, b) => a - b)).toEqual(range(100));
    expect(TrainTestSplitter({ testSize: 0.3, shuffle: false })(range(10))[1]).toEqual([7, 8, 9]);
    expect(() => TrainTestSplitter({ stratify: ["a", "a", "b"] })(range(3))).toThrow(
      "got one item of b. Leave out stratify",
    );
    expect(() => TrainTestSplitter({ stratify: ["a", "a", "b", "b"] })(range(4))).toThrow(
      "got 3 and 1 items for 2 classes",
    );
  });

  it("DTR-3: take lists longer than a call takes arguments", () => {
    const many = range(300_000);
    const paths = many.map((i) => `${i % 3 === 0 ? "valid" : "train"}/${i % 2}/${i}.jpg`);
    const sizes = ([train, valid]: readonly number[][]) => [train?.length, valid?.length];
    expect(sizes(RandomSplitter({ seed: 1 })(many))).toEqual([240_000, 60_000]);
    expect(sizes(TrainTestSplitter({ stratify: many.map((i) => i % 2) })(many))).toEqual([240_000, 60_000]);
    expect(sizes(GrandparentSplitter()(paths))).toEqual([200_000, 100_000]);
    expect(sizes(FuncSplitter((i: number) => i % 3 === 0)(many))).toEqual([200_000, 100_000]);
  });

  it("reads the truth of texts in tables", () => {
    const [, valid] = ColSplitter()([
      { is_valid: "True" },
      { is_valid: "False" },
      { is_valid: "1" },
      { is_valid: "0" },
    ]);
    expect(valid).toEqual([0, 2]);
  });

  it("refuses shares outside 0 and 1, unknown columns and unknown options", () => {
    expect(() => EndSplitter({ validPct: 1 })).toThrow("expected validPct between 0 and 1, got 1");
    expect(() => RandomSubsetSplitter(0.8, 0.5)).toThrow("at most 1 together");
    expect(() => ColSplitter("fold2")(rows)).toThrow('expected a row with the column "fold2", got is_valid, fold');
    expect(() => RandomSplitter({ valid_pct: 0.2 } as never)).toThrow("valid_pct");
  });
});
