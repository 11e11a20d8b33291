import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  argwhere,
  brief,
  Chunks,
  chunked,
  groupBy,
  itemsAt,
  Pipeline,
  pluck,
  range,
  sortedBy,
  Transform,
  val2idx,
  zip,
} from "../../src/data/index.js";
import fixture from "../fixtures/data.json" with { type: "json" };

const want = fixture.lists;
const names = ["cat", "dog", "emu", "cat"];

describe("what arrays lack", () => {
  it("FND-1: takes the items at positions, from the end too, or where a mask is true", () => {
    expect(itemsAt(names, [2, 0])).toEqual(want.at);
    expect(itemsAt(names, [-1, 1])).toEqual(want.negative);
    expect(itemsAt(names, [true, false, false, true])).toEqual(want.masked);
    expect(() => itemsAt(names, [4])).toThrow("itemsAt: expected positions below 4, got 4");
  });

  it("FND-2: finds, groups, plucks and numbers as fastai's lists do", () => {
    expect(argwhere(names, (name) => /[oe]/.test(name))).toEqual(want.argwhere);
    expect(Object.fromEntries(val2idx(names))).toEqual(want.val2idx);
    expect([...groupBy(names, (name) => name[0])]).toEqual(want.groups);
    expect(pluck([{ a: 1 }, { a: 0 }, {}] as { a?: number }[], "a", 9)).toEqual(want.attrgot);
    expect(
      pluck(
        [
          [1, 2],
          [3, 4],
        ],
        1,
      ),
    ).toEqual(want.itemgot);
    expect(range(3)).toEqual([0, 1, 2]);
    expect([range(2, 8, 3), range(3, 0, -1), range(2, 2)]).toEqual([[2, 5], [3, 2, 1], []]);
    expect(() => range(0, 3, 0)).toThrow("a step other than 0");
  });

  it("FND-2: puts lists side by side, cycled if asked", () => {
    const lists = [
      [1, 2, 3],
      [4, 5],
    ] as const;
    expect(zip(lists)).toEqual(want.zip);
    expect(zip(lists, { cycled: true })).toEqual(want.cycled);
    const [first] = zip([[1], ["a"]]);
    expect([first?.[0].toFixed(1), first?.[1].toUpperCase()]).toEqual(["1.0", "A"]);
    expect(zip([[1, 2], []], { cycled: true })).toEqual([]);
  });

  it("FND-3, FND-17: sorts by a property, in sequence where equal; without it an item counts as 0", () => {
    const steps = [{ name: "a", order: 5 }, { name: "b" }, { name: "c", order: -1 }, { name: "d" }];
    const sorted = sortedBy<{ name: string; order?: number }>(steps, "order");
    expect(sorted.map(({ name }) => name)).toEqual(want.sorted);
    expect(sortedBy([1, 3, 2], (x) => x, { reverse: true })).toEqual([3, 2, 1]);
    const pipe = new Pipeline([
      Object.assign(new Transform(() => "late"), { order: 5 }),
      () => "first",
      { encodes: () => "early", order: -1 },
      (x: unknown) => `${x} then this`,
    ]);
    expect(pipe.encode(0)).toBe("late");
    expect(new Pipeline(pipe.fs.slice(0, 3)).encode(0)).toBe("first then this");
  });

  it("FND-4: a list in a message is cut after its first items", () => {
    expect(brief(range(25))).toBe("[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, … 15 more]");
    expect(brief(["a"])).toBe("[a]");
  });

  it("FND-8: divides a list into groups", () => {
    expect(chunked(range(7), 3)).toEqual(want.chunked);
    expect(() => chunked([1], 0)).toThrow("a whole size above 0, got 0");
  });

  it("TOR-12: slices as the joined sequences would be", () => {
    const place = fc.integer({ min: -12, max: 12 });
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(9), { maxLength: 4 }), { maxLength: 4 }), place, place, (chunks, a, b) => {
        const joined = chunks.flat();
        const all = new Chunks(chunks);
        expect(all.slice(a, b)).toEqual(joined.slice(a, b));
        expect(joined.map((_, i) => all.at(i))).toEqual(joined);
      }),
      { numRuns: 200 },
    );
  });

  it("TOR-12: reads several sequences as one", () => {
    const { len, at, slices } = fixture.helpers.chunks;
    const all = new Chunks([[0, 1, 2], [3], [], [4, 5]]);
    expect([all.length, [0, 3, 4, -1].map((i) => all.at(i))]).toEqual([len, at]);
    expect([all.slice(0, 2), all.slice(2, 5), all.slice(1, 6)]).toEqual(slices);
    expect([all.slice(-2), all.slice(4, 2), new Chunks([[], []]).slice()]).toEqual([[4, 5], [], []]);
    expect(() => all.at(6)).toThrow("expected a position below 6, got 6");
  });
});
