import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { CollateError, DataError, DataLoader, disposeTensors, EndOfItems, skipItem } from "../../src/data/index.js";
import { manualSeed, memory, rand, Tensor, tensor } from "../../src/torch/index.js";
import { failure } from "../failure.js";
import fixture from "../fixtures/data.json" with { type: "json" };

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** All batches as nested arrays; the tensors are freed. */
async function all(dl: AsyncIterable<unknown>): Promise<unknown[]> {
  const out: unknown[] = [];
  for await (const batch of dl) {
    out.push(toArrays(batch));
    disposeTensors(batch);
  }
  return out;
}

function toArrays(x: unknown): unknown {
  if (x instanceof Tensor)
    return JSON.parse(JSON.stringify(x.toArray(), (_, v) => (typeof v === "bigint" ? Number(v) : v)));
  return Array.isArray(x) ? x.map(toArrays) : x;
}

/** A dataset whose items take a while, and which counts what is under way. */
class Slow {
  active = 0;
  most = 0;
  started = 0;
  constructor(
    readonly length: number,
    readonly ms = (_: number) => 1,
  ) {}
  async get(i: number): Promise<number> {
    this.started += 1;
    this.active += 1;
    this.most = Math.max(this.most, this.active);
    await sleep(this.ms(i));
    this.active -= 1;
    return i;
  }
}

describe("DataLoader", () => {
  it.each(fixture.loaders.lengths)(
    "DLD-9: $n items in batches of $bs, dropLast $dropLast: as in fastai",
    async (row) => {
      const dl = new DataLoader(range(row.n), { bs: row.bs, dropLast: row.dropLast });
      expect(dl.length).toBe(row.length);
      expect(await all(dl)).toEqual(row.batches);
    },
  );

  it("DLD-1: refuses settings that contradict each other", () => {
    expect(() => new DataLoader([1], { dropLast: true })).toThrow("dropLast needs a batch size");
    expect(() => new DataLoader(new Set([1]), { shuffle: true, bs: 1 })).toThrow("to shuffle, got a stream");
    expect(() => new DataLoader([1], { bs: 0 })).toThrow("expected bs to be a whole number above 0 or null, got 0");
    expect(() => new DataLoader([1], { batchSize: 2 } as never)).toThrow("batchSize");
  });

  it("DLD-1: n limits the items", async () => {
    expect(await all(new DataLoader(range(10), { bs: 2, n: 5 }))).toEqual([[0, 1], [2, 3], [4]]);
    expect(new DataLoader(range(3), { bs: 2, n: 50 }).length).toBe(2);
  });

  it("DLD-5: shuffles into another permutation each pass, the same after the same seed", async () => {
    const dl = new DataLoader(range(40), { bs: 40, shuffle: true });
    manualSeed(3);
    const [first] = (await all(dl)) as number[][];
    const [second] = (await all(dl)) as number[][];
    manualSeed(3);
    expect((await all(dl))[0]).toEqual(first);
    expect(second).not.toEqual(first);
    expect([...(first as number[])].sort((a, b) => a - b)).toEqual(range(40));
  });

  it("DLD-5: with its own seed it needs no global one", async () => {
    const make = () => new DataLoader(range(20), { bs: 20, shuffle: true, seed: 1 });
    const dl = make();
    const passes = [...(await all(dl)), ...(await all(dl))];
    const again = make();
    expect([...(await all(again)), ...(await all(again))]).toEqual(passes);
    expect(passes[0]).not.toEqual(passes[1]);
  });

  it("DLD-5: a shuffled loader with n draws from all items", async () => {
    manualSeed(1);
    const seen = new Set<unknown>();
    const dl = new DataLoader(range(100), { bs: 10, n: 10, shuffle: true });
    for (let i = 0; i < 20; i++) for (const x of (await all(dl)).flat()) seen.add(x);
    expect(seen.size).toBeGreaterThan(60);
  });

  it("takes from the tensor generator what PyTorch's loaders take, so that later draws equal Python's", async () => {
    manualSeed(5);
    await all(new DataLoader(range(10), { bs: 4 }));
    const drawn = rand([3]);
    expect(drawn.toArray()).toEqual(fixture.loaders.rand_after_one_epoch.map((x) => Math.fround(x)));
  });

  it("DLD-3: runs the stages in order", async () => {
    const calls: string[] = [];
    const log = <T>(name: string, x: T): T => {
      calls.push(name);
      return x;
    };
    const dl = new DataLoader(range(2), {
      bs: 2,
      concurrency: 1,
      prefetch: 0,
      beforeIter: () => log("beforeIter", undefined),
      getIdxs: () => log("getIdxs", [0, 1]),
      sample: (idxs) => log("sample", idxs),
      createItem: (i) => log(`createItem ${i}`, i ?? 0),
      afterItem: (item) => log("afterItem", item),
      beforeBatch: (items) => log("beforeBatch", items),
      createBatch: (items) => log("createBatch", [tensor(items as number[])]),
      retain: (batch) => log("retain", batch),
      afterBatch: (batch) => log("afterBatch", batch),
      afterIter: () => log("afterIter", undefined),
    });
    await all(dl);
    expect(calls).toEqual([
      ...["beforeIter", "getIdxs", "sample", "createItem 0", "afterItem", "createItem 1", "afterItem"],
      ...["beforeBatch", "createBatch", "retain", "afterBatch", "afterIter"],
    ]);
  });

  it("DLD-2: stages can be overridden in a subclass too", async () => {
    class Squares extends DataLoader<number, Tensor> {
      override createItem(i: number | null) {
        return (i ?? 0) ** 2;
      }
      override shuffleFn(idxs: readonly number[]) {
        return [...idxs].reverse();
      }
    }
    expect(await all(new Squares(range(4), { bs: 2, shuffle: true }))).toEqual([
      [9, 4],
      [1, 0],
    ]);
  });

  it("DLD-2: createBatches and doBatch can be replaced", async () => {
    const pairs = new DataLoader(range(4), { bs: 2, doBatch: (items) => [tensor([items.length])] });
    expect(await all(pairs)).toEqual([[[2]], [[2]]]);
    const own = new DataLoader<number, Tensor>(range(4), {
      bs: 2,
      *createBatches(samples) {
        for (const i of samples) yield tensor([i ?? 0]);
      },
    });
    expect(await all(own)).toEqual([[0], [1], [2], [3]]);
  });

  it("prepares items concurrently, up to the limit, and keeps their order", async () => {
    const slow = new Slow(24, (i) => (i % 3 === 0 ? 8 : 1));
    const got = await all(new DataLoader(slow, { bs: 6, concurrency: 5 }));
    expect(got.flat()).toEqual(range(24));
    expect(slow.most).toBe(5);
  });

  it("DLD-4: gives each item the same draws however long its neighbours take", async () => {
    const draws = async (ms: (i: number) => number) => {
      const dl = new DataLoader(new Slow(8, ms), {
        bs: 8,
        seed: 4,
        afterItem: (_, { random }) => random?.next() ?? -1,
      });
      return (await all(dl))[0];
    };
    expect(await draws((i) => 9 - i)).toEqual(await draws((i) => i));
  });

  it("prepares a bounded number of batches ahead", async () => {
    const slow = new Slow(100);
    const dl = new DataLoader(slow, { bs: 2, concurrency: 2, prefetch: 2 });
    for await (const batch of dl) {
      disposeTensors(batch);
      await sleep(60);
      // The batch in hand, two ahead, one in the making, and the items started for it.
      expect(slow.started).toBeLessThanOrEqual(12);
      expect(slow.started).toBeGreaterThanOrEqual(6);
      break;
    }
  });

  it("DLD-6: leaves skipped items out before batches are made", async () => {
    const dl = new DataLoader(range(10), { bs: 4, afterItem: (x) => (x % 3 === 0 ? skipItem() : x) });
    expect(await all(dl)).toEqual([
      [1, 2, 4, 5],
      [7, 8],
    ]);
    const later = new DataLoader(new Slow(6), { bs: 2, afterItem: (x) => (x < 4 ? skipItem("small") : x) });
    expect(await all(later)).toEqual([[4, 5]]);
  });

  it("DLD-7: with bs null each item is a batch", async () => {
    const whole = [tensor([1, 2]), tensor([3])] as const;
    const dl = new DataLoader<unknown, [Tensor, number[]]>([
      [whole[0], [1, 2]],
      [whole[1], [3]],
    ]);
    expect(dl.length).toBe(2);
    expect(dl.freshBatches).toBe(false);
    const batches: Tensor[] = [];
    for await (const [x] of dl) batches.push(x);
    expect(batches[0]).toBe(whole[0]);
    expect(whole[0].toArray()).toEqual([1, 2]);
  });

  it("goes through streams, sync and async, in their order", async () => {
    async function* numbers() {
      for (let i = 0; i < 5; i++) yield i;
    }
    expect(await all(new DataLoader(new Set([1, 2, 3]), { bs: 2 }))).toEqual([[1, 2], [3]]);
    expect(await all(new DataLoader(numbers(), { bs: 2 }))).toEqual([[0, 1], [2, 3], [4]]);
    expect(await all(new DataLoader(numbers(), { bs: 2, n: 3 }))).toEqual([[0, 1], [2]]);
    expect(() => new DataLoader(numbers(), { bs: 2 }).length).toThrow("stream of unknown length");
  });

  it("makes items without a dataset until there are no more", async () => {
    let left = 5;
    const dl = new DataLoader<number, Tensor>(null, {
      bs: 2,
      createItem: () => {
        if (left-- === 0) throw new EndOfItems();
        return left;
      },
    });
    expect(await all(dl)).toEqual([[4, 3], [2, 1], [0]]);
  });

  it("takes whole batches of a dataset that offers them, without per-item work", async () => {
    const xs = tensor(range(10));
    const asked: number[][] = [];
    const ds = {
      length: 10,
      get: (): never => {
        throw new Error("per-item work");
      },
      getBatch: (idxs: readonly number[]) => {
        asked.push([...idxs]);
        return [xs.indexSelect(0, tensor([...idxs], { dtype: "int64" }))];
      },
    };
    expect(await all(new DataLoader(ds, { bs: 4 }))).toEqual([[[0, 1, 2, 3]], [[4, 5, 6, 7]], [[8, 9]]]);
    expect(asked.length).toBe(3);
    expect((await all(new DataLoader(ds, { bs: 4, dropLast: true, shuffle: true }))).length).toBe(2);
    expect((await failure(all(new DataLoader(ds, { bs: 4, afterItem: (x) => x })))).message).toContain("per-item work");
  });

  it("names the item that failed, and keeps the cause", async () => {
    const boom = new RangeError("broken file");
    const dl = new DataLoader(["a.jpg", "b.jpg", "c.jpg"], {
      bs: 2,
      afterItem: (path) => {
        if (path === "b.jpg") throw boom;
        return 1;
      },
    });
    const error = await all(dl).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ item: "b.jpg", cause: boom });
    expect(String(error)).toContain("preparing b.jpg failed: broken file");
  });

  it("reports a failure when its turn comes, not before", async () => {
    const dl = new DataLoader(new Slow(6), {
      bs: 2,
      afterItem: async (i) => {
        if (i === 4) throw new Error("late");
        return i;
      },
    });
    const seen: unknown[] = [];
    const run = async () => {
      for await (const batch of dl) {
        seen.push(toArrays(batch));
        await sleep(5);
      }
    };
    expect((await failure(run())).message).toContain("preparing item 4 failed: late");
    expect(seen).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it("DLD-8: says which items do not fit together", async () => {
    const dl = new DataLoader([[tensor([1, 2]), 0] as const, [tensor([1]), 1] as const], { bs: 2 });
    const error = await all(dl).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(CollateError);
    expect(String(error)).toContain("got member 0 (Tensor) of shape [2] in item 0 and [1] in item 1");
  });

  it("DLD-10: makes a copy over another dataset, with its settings and stages", async () => {
    const dl = new DataLoader(range(4), { bs: 3, dropLast: true, afterItem: (x) => x + 1 });
    const copy = dl.new(range(7));
    expect(await all(copy)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(await all(dl.new(range(3), { dropLast: false, bs: 2 }))).toEqual([[1, 2], [3]]);
    expect(dl.new().n).toBe(4);
  });

  it("DLD-11: gives one batch, or says that there is none", async () => {
    const one = await new DataLoader(range(5), { bs: 2 }).oneBatch();
    expect(toArrays(one)).toEqual([0, 1]);
    expect((await failure(new DataLoader(range(1), { bs: 2, dropLast: true }).oneBatch())).message).toContain(
      "expected at least one batch, got none (1 items, bs 2, dropLast true)",
    );
  });

  it("DLD-12: moves batches to its device", async () => {
    const batch = (await new DataLoader(range(2), { bs: 2 }).to("meta").oneBatch()) as unknown as Tensor;
    expect(batch.device).toBe("meta");
  });

  it("frees what it made when a consumer stops early, and ends the work under way", async () => {
    const slow = new Slow(60);
    const dl = new DataLoader<number, Tensor[]>(slow, { bs: 2, concurrency: 8, afterItem: (i) => [tensor([i])] });
    globalThis.gc?.();
    const before = memory().tensors;
    for await (const batch of dl) {
      disposeTensors(batch);
      break;
    }
    expect(slow.active).toBe(0);
    const { started } = slow;
    await sleep(20);
    expect(slow.started).toBe(started);
    globalThis.gc?.();
    expect(memory().tensors - before).toBeLessThanOrEqual(0);
  });

  it("stops the same way when the consumer throws", async () => {
    const slow = new Slow(60);
    const run = async () => {
      for await (const _ of new DataLoader(slow, { bs: 2 })) throw new Error("enough");
    };
    expect((await failure(run())).message).toContain("enough");
    expect(slow.active).toBe(0);
  });

  it("runs afterBatch when a batch is handed over, not ahead of it", async () => {
    const log: string[] = [];
    const dl = new DataLoader(range(6), {
      bs: 2,
      createBatch: (items) => {
        log.push("made");
        return [tensor(items as number[])];
      },
      afterBatch: (batch) => {
        log.push("handed over");
        return batch;
      },
    });
    for await (const _ of dl) {
      await sleep(1);
      log.push("used");
    }
    const overs = log.filter((entry) => entry !== "made");
    expect(overs).toEqual(["handed over", "used", "handed over", "used", "handed over", "used"]);
    expect(log.indexOf("used")).toBeGreaterThan(log.lastIndexOf("made"));
  });
});
