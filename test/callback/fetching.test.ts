import { describe, expect, it } from "vitest";
import { CollectData, FetchPreds, Learner, Profiler, weightedDL } from "../../src/callback/index.js";
import { Datasets, Transform } from "../../src/data/index.js";
import { CrossEntropyLossFlat } from "../../src/layers/index.js";
import { type Tensor, tensor } from "../../src/torch/index.js";
import { failure, handlers } from "../learner/setting.js";
import { net, photoLoop, photos } from "./setting.js";

describe("FetchPreds", () => {
  it("LRN-31: has the predictions of each validation while the fit goes on", async () => {
    const fetch = new FetchPreds({ withDecoded: true });
    const means: number[] = [];
    const looking = handlers(["afterEpoch"], () => void means.push(Number(fetch.preds?.preds.amax().item())), {
      order: 99,
    });
    const learn = photoLoop();
    await learn.fit(2, { lr: 0.1, cbs: [fetch, looking] });
    expect(fetch.preds?.preds.shape).toEqual([8, 3]);
    expect(fetch.preds?.preds.sum(1)).toBeClose(new Array(8).fill(1));
    expect(fetch.preds?.decoded.dtype).toBe("int64");
    expect(means[0]).not.toBe(means[1]);
    expect(learn.recorder.values).toHaveLength(2);
    expect(learn.recorder.losses).toHaveLength(8);
  });
});

describe("CollectData", () => {
  it("CBK-19: holds on to every batch, its predictions and its loss", async () => {
    const collect = new CollectData();
    const learn = photoLoop();
    await learn.fit(1, { cbs: collect });
    expect(collect.data).toHaveLength(6);
    expect(collect.data[0]?.xb[0]?.shape).toEqual([4, 2, 6, 8]);
    expect(collect.data.slice(0, 4).map(({ loss }) => loss?.item())).toEqual([...learn.recorder.rawLosses]);
    expect(collect.data[5]?.pred.requiresGrad).toBe(false);
  });
});

class Pair extends Transform {
  override encodes = (x: number) => tensor([x, 1]);
}

async function loaders(dlType: ReturnType<typeof weightedDL> | undefined, n?: number) {
  const items = Array.from({ length: 100 }, (_, i) => i);
  const splits = [items.slice(0, 80), items.slice(80)];
  const dsets = await Datasets.create(items, [[new Pair()]], { splits });
  return dsets.dataLoaders({ bs: 8, ...(dlType ? { dlType } : {}), ...(n === undefined ? {} : { n }) });
}

async function itemsOf(dl: AsyncIterable<unknown>): Promise<number[]> {
  const seen: number[] = [];
  for await (const batch of dl as AsyncIterable<[Tensor]>) seen.push(...(batch[0].select(1, 0).toArray() as number[]));
  return seen;
}

describe("loaders that choose", () => {
  it("CBK-19: weightedDL draws training items by their weights and leaves validation alone", async () => {
    const wgts = Array.from({ length: 80 }, (_, i) => (i < 10 ? 8 : i < 20 ? 1 : 0));
    const dls = await loaders(weightedDL(wgts));
    const seen = [...(await itemsOf(dls.train)), ...(await itemsOf(dls.train)), ...(await itemsOf(dls.train))];
    expect(seen).toHaveLength(240);
    expect(Math.max(...seen)).toBeLessThan(20);
    const often = seen.filter((i) => i < 10).length / 240; // 8/9 expected, standard deviation 0.02
    expect(often).toBeGreaterThan(0.78);
    expect(often).toBeLessThan(0.98);
    expect(await itemsOf(dls.valid as AsyncIterable<unknown>)).toEqual(Array.from({ length: 20 }, (_, i) => 80 + i));
  });

  it("CBK-19: weights that do not fit are refused", async () => {
    expect(() => weightedDL([1, -1])).toThrow(/at least 0/);
    expect(() => weightedDL([0, 0])).toThrow(/more than 0/);
    const dls = await loaders(weightedDL([1, 2]));
    expect(await failure(itemsOf(dls.train))).toMatch(/each of 80 items, got 2/);
  });

  it("CBK-19: `n` draws some items, others each epoch, without repeating one", async () => {
    const dls = await loaders(undefined, 24);
    const [a, b] = [await itemsOf(dls.train), await itemsOf(dls.train)];
    expect([a.length, new Set(a).size, dls.train.length]).toEqual([24, 24, 3]);
    expect(a).not.toEqual(b);
  });
});

describe("Profiler", () => {
  it("says where each step's time goes", async () => {
    const profiler = new Profiler();
    const slow = handlers(["afterStep"], () => {
      const until = performance.now() + 3;
      while (performance.now() < until);
    });
    const learn = new Learner(photos(), net(), { lossFunc: new CrossEntropyLossFlat() });
    await learn.noBar(() => learn.noLogging(() => learn.fit(3, { cbs: [profiler, slow] })));
    const table = profiler.table();
    expect(profiler.steps.data).toHaveLength(12);
    expect(table.reduce((sum, { share }) => sum + share, 0)).toBeClose(1);
    const share = Object.fromEntries(table.map((row) => [row.phase, row.mean]));
    expect(share.callbacks).toBeGreaterThan(3);
    for (const phase of ["forward", "loss", "backward", "step"]) expect(share[phase]).toBeGreaterThan(0.005);
    expect(String(profiler)).toMatch(/part\s+share\s+mean ms\s+median ms\ndata/);
    expect(profiler.plotTable().toSVG()).toContain("12 steps");
    expect(profiler.plot().toSVG()).toContain("backward");
    expect(learn.cbs.map(({ name }) => name)).not.toContain("profilerEnd");
    expect(() => new Profiler().table()).toThrow(/finished fit/);
  });
});
