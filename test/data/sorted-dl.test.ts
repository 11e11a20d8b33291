import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Categorize, DataError, Datasets, disposeTensors, Epoch, SortedDL } from "../../src/data/index.js";
import { type Tensor, zeros } from "../../src/torch/index.js";
import { hasSpec } from "../../src/torch/registry.js";
import { failure } from "../failure.js";
import fixture from "../fixtures/data.json" with { type: "json" };

const want = fixture.sorted_loader;

/** A pass whose permutations are reversals, as in the fixture's script. */
class Reversing extends Epoch {
  override get random() {
    const random = super.random;
    random.shuffle = <T>(items: readonly T[]): T[] => [...items].reverse();
    return random;
  }
}

const sizesOf = (n: number) => want.sizes.slice(0, n);
const orderOf = async (n: number, options: { shuffle?: boolean } = {}) => [
  ...(await new SortedDL(sizesOf(n), { sortFunc: Number, bs: 2, ...options }).getIdxs(new Reversing(1))),
];

describe("SortedDL", () => {
  it("TXT-15: goes from long to short, or in shuffled batches out of sorted chunks, as fastai does", async () => {
    expect(await orderOf(230)).toEqual(want.valid);
    expect(await orderOf(230, { shuffle: true })).toEqual(want.train);
    expect(await orderOf(3, { shuffle: true })).toEqual(want.short);
  });

  it("TXT-15: begins a shuffled pass with the longest item, and keeps batches alike in length", async () => {
    const texts = sizesOf(200).map((size) => "x".repeat(size));
    const dl = new SortedDL(texts, {
      bs: 10,
      shuffle: true,
      seed: 3,
      beforeBatch: [(items: string[]) => items.map((t) => t.length)],
    });
    const passes: number[][] = [];
    for (let pass = 0; pass < 2; pass++) {
      const batches: number[][] = [];
      for await (const batch of dl) {
        batches.push((batch as unknown as Tensor).toArray() as number[]);
        disposeTensors(batch);
      }
      expect([batches[0]?.[0], batches.flat().sort((a, b) => a - b)]).toEqual([
        100,
        sizesOf(200).sort((a, b) => a - b),
      ]);
      expect(batches.every((batch) => Math.max(...batch) - Math.min(...batch) <= 11)).toBe(true);
      passes.push(batches.flat());
    }
    expect(passes[0]).not.toEqual(passes[1]);
  });

  it("goes through every item once, whatever their sizes", async () => {
    const run = fc.asyncProperty(
      fc.array(fc.nat(5), { maxLength: 40 }),
      fc.integer({ min: 1, max: 4 }),
      async (sizes, bs) => {
        const dl = new SortedDL(sizes, { bs, shuffle: true, res: sizes });
        const idxs = [...(await dl.getIdxs(new Epoch(bs)))] as number[];
        expect(idxs.toSorted((a, b) => a - b)).toEqual(sizes.map((_, i) => i));
        if (sizes.length > 0) expect(sizes[idxs[0] as number]).toBe(Math.max(...sizes));
      },
    );
    await fc.assert(run, { numRuns: 100 });
  });

  it("takes known sizes, one for each item, and prepares nothing then", async () => {
    let prepared = 0;
    const ds = { length: 3, get: (i: number) => [zeros([i + 1]), prepared++] };
    const dl = new SortedDL(ds, { bs: 1, res: [1, 3, 2] });
    expect([[...(await dl.getIdxs(new Epoch(1)))], prepared]).toEqual([[1, 2, 0], 0]);
    expect([...(await new SortedDL(ds, { bs: 1 }).getIdxs(new Epoch(1)))]).toEqual([2, 1, 0]);
    expect(() => new SortedDL(ds, { res: [1] })).toThrow("expected a size for each of 3 items, got 1");
  });

  it("is a kind of loader for training and validation, each with its sizes", async () => {
    const texts = ["a", "bbb", "cc", "dddd", "ee"];
    const label = (text: string) => text[0] ?? "";
    const splits = [
      [0, 1, 2],
      [3, 4],
    ];
    const dsets = await Datasets.create(texts, [null, [label, new Categorize({ vocab: "abcde".split("") })]], {
      splits,
    });
    const dls = dsets.dataLoaders({ bs: 1, shuffle: false, dlType: SortedDL });
    expect([[...(await dls.train.getIdxs(new Epoch(1)))], [...(await dls.valid.getIdxs(new Epoch(1)))]]).toEqual([
      [1, 2, 0],
      [0, 1],
    ]);
    const own = dsets.dataLoaders({ bs: 1, shuffle: false, dlType: SortedDL.by({ res: [9, 8, 7], valRes: [1, 2] }) });
    expect([[...(await own.train.getIdxs(new Epoch(1)))], [...(await own.valid.getIdxs(new Epoch(1)))]]).toEqual([
      [0, 1, 2],
      [1, 0],
    ]);
    const copy = own.valid.new(undefined, { bs: 2 });
    expect(((await copy.oneBatch()) as unknown as [string[]])[0]).toEqual(["ee", "dddd"]);
    expect(hasSpec(SortedDL)).toBe(true);
  });

  it("names the item it cannot measure, and what to give", async () => {
    const error = await failure(Promise.resolve(new SortedDL([1, 2], { bs: 1 }).getIdxs(new Epoch(1))));
    expect(error).toBeInstanceOf(DataError);
    expect(error.message).toBe(
      "SortedDL: measuring 1 failed: SortedDL: expected items whose first member has a length, got none. Give sortFunc or res.",
    );
  });
});
