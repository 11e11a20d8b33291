import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type Callback,
  CollabDataLoaders,
  CollabLearner,
  type CollabLearnerOptions,
  collabLearner,
  EmbeddingDotBias,
  Frame,
  loadLearner,
  Predictions,
  Progress,
  parseCsv,
} from "../../src/collab/index.js";
import { manualSeed, randint } from "../../src/torch/index.js";
import { failure } from "../failure.js";
import fixture from "../fixtures/tabular.json" with { type: "json" };

const reference = fixture.collab;
const ratings = () => parseCsv(reference.text);
const loaders = (options = {}) => CollabDataLoaders.fromDf(ratings(), { seed: 42, bs: 32, device: "cpu", ...options });

async function trained(options: CollabLearnerOptions, seed = 11): Promise<{ learn: CollabLearner; losses: number[] }> {
  const dls = await loaders({ shuffle: false, dropLast: true });
  manualSeed(seed);
  const learn = collabLearner(dls, { yRange: [0.5, 5.5], ...options });
  learn.removeCbs(Progress);
  learn.logger = () => {};
  const losses: number[] = [];
  const note: Callback = {
    name: "note",
    afterBatch: (loop) => {
      if (loop.training) losses.push(Number(loop.loss.item()));
    },
  };
  await learn.fitOneCycle(10, { lrMax: 5e-3, cbs: note });
  return { learn, losses };
}

describe("collabLearner", () => {
  it("has fastai's losses over 100 steps with the dot product, its split, biases and factors (COL-1, COL-2, COL-4)", async () => {
    const { learn, losses } = await trained({ nFactors: 10 });
    expect(losses).toBeClose(reference.dot.losses, { rtol: 1e-4, atol: 0 });
    const { preds } = await learn.getPreds();
    expect(preds.narrow(0, 0, 5)).toBeClose(reference.dot.preds, { rtol: 1e-4 });
    const model = learn.dotBias;
    expect(model.bias(["Film 3", "Film 7"], { isItem: true })).toBeClose(reference.dot.bias, {
      rtol: 1e-3,
      atol: 1e-5,
    });
    expect(model.weight([5], { isItem: false })).toBeClose(reference.dot.weight, { rtol: 1e-3, atol: 1e-5 });
  }, 20_000);

  it("has fastai's losses with the network (COL-3)", async () => {
    const { losses, learn } = await trained({ useNn: true, layers: [20, 10], embSzs: new Map([["userId", 12]]) });
    expect(losses).toBeClose(reference.net.losses, { rtol: 1e-4, atol: 0 });
    expect((await learn.getPreds()).preds.narrow(0, 0, 5).reshape(-1)).toBeClose(reference.net.preds, { rtol: 1e-3 });
    expect(() => learn.dotBias).toThrow(/got EmbeddingNN.*without useNn/);
    expect(learn.recommend(5, 3).length).toBe(3);
  }, 20_000);

  it("recommends items the user has not rated, best first, and finds the nearest items", async () => {
    const { learn } = await trained({ nFactors: 10 });
    const best = learn.recommend(5, 100);
    const rows = learn.dls.table
      .decode()
      .items.toObjects()
      .filter((row) => row.userId === 5);
    const titles = best.toObjects().map((row) => row.title);
    expect(rows.some((row) => titles.includes(row.title as string))).toBe(false);
    const scores = [...best.column("rating")].map(Number);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    const [title] = titles;
    const one = await learn.predict({ userId: 5, title });
    expect(one.prediction).toBeCloseTo(scores[0] ?? 0, 4);
    expect(learn.recommend(5, 100, { without: [] }).length).toBe(40);
    const near = learn.nearest("Film 3", 4);
    expect([near.length, near.columns]).toEqual([4, ["title", "cosine"]]);
    expect(() => learn.recommend(999)).toThrow(/"userId", got 999/);
    expect(() => learn.nearest("Film 99")).toThrow(/items of the training data, got "Film 99"/);
  }, 20_000);

  it("is exported and loaded with its names", async () => {
    const folder = mkdtempSync(join(tmpdir(), "collab-"));
    for (const useNn of [false, true]) {
      const learn = collabLearner(await loaders(), { nFactors: 4, useNn, yRange: [0.5, 5.5] });
      const again = await loadLearner(await learn.export(join(folder, "m.fai")), CollabLearner);
      const item = { userId: 3, title: "Film 5" };
      expect((await again.predict(item)).prediction).toBeCloseTo(Number((await learn.predict(item)).prediction), 5);
      expect(again.recommend(3, 5, { without: [] }).toObjects()).toEqual(
        learn.recommend(3, 5, { without: [] }).toObjects(),
      );
    }
    rmSync(folder, { recursive: true });
  });

  it("fine-tunes by two one-cycles, as there is one group of parameters (COL-4)", async () => {
    const learn = collabLearner(await loaders(), { nFactors: 4 });
    learn.removeCbs(Progress);
    learn.logger = () => {};
    await learn.fineTune(1);
    expect(learn.recorder.losses.length).toBe(10);
    expect(await learn.getPreds()).toBeInstanceOf(Predictions);
  });
});

describe("CollabDataLoaders", () => {
  it("takes the first three columns, and draws fastai's validation rows for a seed (COL-1)", async () => {
    const dls = await loaders();
    expect(dls.userAndItem).toEqual(["userId", "title"]);
    const { dataset } = dls.valid;
    expect(Array.from({ length: dataset.length }, (_, row) => dataset.rowOf(row))).toEqual(reference.valid);
    const batch = await dls.oneBatch();
    expect(batch.map((x) => [x.dtype, x.shape])).toEqual([
      ["int64", [32, 2]],
      ["float32", [32, 1]],
    ]);
    expect((await dls.showBatch()).toSVG()).toContain("Film");
  });

  it("reads files (COL-1)", async () => {
    const folder = mkdtempSync(join(tmpdir(), "collab-"));
    writeFileSync(join(folder, "r.csv"), reference.text);
    const dls = await CollabDataLoaders.fromCsv(join(folder, "r.csv"), {
      itemName: "title",
      userName: "userId",
      ratingName: "rating",
    });
    expect(dls.classes.get("userId")?.length).toBeGreaterThan(25);
    rmSync(folder, { recursive: true });
  });

  it("names column and row of ids and ratings that cannot be: fractional, missing, text, a single one", async () => {
    const make = (columns: object) => failure(CollabDataLoaders.fromDf(Frame.from(columns)));
    expect((await make({ u: [1, 2.5], i: [1, 2], r: [3, 4] })).message).toMatch(/"u", got 2.5 in row 1/);
    expect((await make({ u: [1, 2], i: ["a", null], r: [3, 4] })).message).toMatch(/"i", got a missing cell in row 1/);
    expect((await make({ u: [1, 2], i: [1, 2], r: ["good", "bad"] })).message).toMatch(
      /ratings "r", got good in row 0/,
    );
    const mixed = parseCsv("u,i,r\n1,1,3\n1,2,4\n2,1,good\n");
    expect((await failure(CollabDataLoaders.fromDf(mixed))).message).toMatch(/ratings "r", got good in row 2/);
    expect((await make({ u: [1], i: [1], r: [3] })).message).toMatch(/two ratings.*got 1/);
    expect((await make({ u: [1, 2], i: [1, 2] })).message).toMatch(/users, items and ratings, got u, i/);
    const negative = await CollabDataLoaders.fromDf(Frame.from({ u: [-1, -7, -1], i: [1, 2, 3], r: [3, 4, 5] }), {
      bs: 1,
      seed: 1,
      validPct: 0.4,
    });
    expect(negative.classes.get("u")).toContain(-1);
  });
});

describe("EmbeddingDotBias", () => {
  it("says what it needs to know names (COL-2)", () => {
    const model = new EmbeddingDotBias(3, 4, 5);
    expect(model(randint(0, 4, [2, 2])).shape).toEqual([2]);
    expect(() => model.bias(["x"])).toThrow(/fromClasses/);
    expect(() => EmbeddingDotBias.fromClasses(3, new Map(), { user: "u" })).toThrow(/got "u"/);
  });
});
