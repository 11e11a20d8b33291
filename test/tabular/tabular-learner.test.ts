import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { disposeTensors } from "../../src/data/index.js";
import {
  accuracy,
  type Callback,
  Categorify,
  embSzRule,
  FillMissing,
  Frame,
  getEmbSz,
  loadLearner,
  Normalize,
  Progress,
  parseCsv,
  TabDataLoader,
  TabularDataLoaders,
  TabularLearner,
  TabularModel,
  type TabularModelOptions,
  TabularPandas,
  TabWeightedDL,
  tabularConfig,
  tabularLearner,
} from "../../src/tabular/index.js";
import { manualSeed, memory, nn, ones, randint, randn, type Tensor, zeros } from "../../src/torch/index.js";
import { failure } from "../failure.js";
import fixture from "../fixtures/tabular.json" with { type: "json" };

const reference = fixture.tabular;
const procs = [Categorify, FillMissing, Normalize];
const census = () => parseCsv(reference.text);
const range = (start: number, end: number) => Array.from({ length: end - start }, (_, i) => start + i);

const loaders = (options: Parameters<typeof TabularDataLoaders.fromDf>[1] = {}) =>
  TabularDataLoaders.fromDf(census(), {
    procs,
    catNames: ["workclass", "occupation"],
    contNames: ["age", "fnlwgt", "education-num"],
    yNames: "salary",
    validIdx: range(320, 400),
    bs: 32,
    device: "cpu",
    ...options,
  });

/** A small learner that says nothing while it trains. */
async function quiet(options: Parameters<typeof loaders>[0] = {}): Promise<TabularLearner> {
  const learn = tabularLearner(await loaders(options), { layers: [40, 20], metrics: accuracy });
  learn.removeCbs(Progress);
  learn.logger = () => {};
  return learn;
}

function noteLosses(found: number[]): Callback {
  return {
    name: "noteLosses",
    afterBatch(learn) {
      if (learn.training) found.push(Number(learn.loss.item()));
    },
  };
}

const sums = (model: nn.AnyModule) =>
  Object.fromEntries([...model.stateDict()].map(([key, value]) => [key, Number(value.double().sum().item())]));

describe("TabularModel", () => {
  it("has fastai's layers, keys and starting values for the same seed (TAB-10, TAB-11, TAB-13)", async () => {
    const dls = await loaders({ shuffle: false });
    expect(getEmbSz(dls.table)).toEqual(reference.embSzs);
    manualSeed(7);
    const { model } = tabularLearner(dls, { layers: [40, 20] });
    const found = sums(model);
    expect(Object.keys(found)).toEqual(reference.keys);
    expect(Object.values(found)).toBeClose(Object.values(reference.init), { rtol: 1e-5, atol: 1e-5 });
  });

  it("sizes embeddings by fastai's rule, and by hand (TAB-10)", async () => {
    for (const [n, size] of Object.entries(fixture.rule)) expect(embSzRule(Number(n)), n).toBe(size);
    const { table } = await loaders();
    expect(getEmbSz(table, { occupation: 9 })[1]?.[1]).toBe(9);
    expect(getEmbSz(table, new Map([["occupation", 9]]))[1]?.[1]).toBe(9);
    expect(() => getEmbSz(table, { job: 9 })).toThrow(/\(workclass, occupation, education-num_na\), got "job"/);
  });

  it("has the published size for Adult (TAB-13)", () => {
    const sizes = [10, 17, 8, 16, 7, 6, 3].map((n): [number, number] => [n, embSzRule(n)]);
    const model = new TabularModel(sizes, 3, 2, [200, 100]);
    const count = [...model.parameters()].reduce((sum, p) => sum + p.numel(), 0);
    expect([model.nEmb, count]).toEqual([39, 29640]);
  });

  it("heeds its options: range, norms, dropout, activation, linear part last (TAB-11)", () => {
    const build = (options: TabularModelOptions, nCont = 2) => new TabularModel([[4, 3]], nCont, 1, [5], options);
    const x = [randint(0, 4, [6, 1]), randn([6, 2])] as const;
    const out = build({ yRange: [2, 3] })(...x).toArray() as number[][];
    expect(out.flat().every((v) => v > 2 && v < 3)).toBe(true);
    const names = (model: TabularModel) => [...model.modules()].map((module) => module.constructor.name).slice(1);
    expect(names(build({ bnCont: false, useBn: false }))).not.toContain("BatchNorm1d");
    expect(names(build({ bnFinal: true })).filter((name) => name === "BatchNorm1d").length).toBe(3);
    expect(names(build({ ps: 0.5, embedP: 0.1, actCls: new nn.Sigmoid() }))).toContain("Sigmoid");
    expect(names(build({ linFirst: false })).join()).toContain("LinBnDrop,BatchNorm1d,Linear");
    expect(build({}, 0)(randint(0, 4, [6, 1])).shape).toEqual([6, 1]);
    expect(new TabularModel([], 2, 1, [5])(randint(0, 4, [6, 0]), x[1]).shape).toEqual([6, 1]);
    expect(() => build({ ps: [0.1, 0.2] })).toThrow(/expected 1 probabilities in ps, got 2/);
    expect(() => tabularConfig({ embed_p: 0.1 } as TabularModelOptions)).toThrow(/embedP/);
  });
});

describe("tabularLearner", () => {
  it("has fastai's losses over 100 steps, its metrics, predictions and targets (TAB-12)", async () => {
    const dls = await loaders({ shuffle: false, dropLast: true });
    manualSeed(7);
    const learn = tabularLearner(dls, { layers: [40, 20], metrics: accuracy });
    learn.removeCbs(Progress);
    learn.logger = () => {};
    const found: number[] = [];
    await learn.fitOneCycle(10, { lrMax: 1e-2, cbs: noteLosses(found) });
    expect(found.length).toBe(100);
    expect(found).toBeClose(reference.losses, { rtol: 1e-4, atol: 0 });
    expect(await learn.validate()).toBeClose(reference.valid, { rtol: 1e-4 });
    const { preds, targs } = await learn.getPreds();
    expect(preds.narrow(0, 0, 5)).toBeClose(reference.preds, { rtol: 1e-3, atol: 1e-4 });
    expect(targs.narrow(0, 0, 5)).toBeClose(reference.targs);
    const { row, prediction, probs } = await learn.predict(census().row(3));
    expect(probs).toBeClose(reference.predict.probs, { rtol: 1e-3, atol: 1e-4 });
    expect(prediction).toBe(learn.dls.vocab?.[reference.predict.clas]);
    expect(row).toMatchObject({ workclass: census().row(3).workclass, salary: prediction, "education-num_na": false });
  }, 20_000);

  it("predicts rows of a new frame with unseen labels, and without the target (TAB-9)", async () => {
    const learn = await quiet();
    const rows = Frame.from([{ ...census().row(0), workclass: " Astronaut", salary: null }, census().row(1)]).drop(
      "salary",
    );
    const { preds, targs } = await learn.getPreds({ dl: await learn.dls.testDl(rows, { bs: 1 }) });
    expect([preds.shape, targs]).toEqual([[2, 2], null]);
    expect((await failure(learn.dls.testDl(rows.drop("age")))).message).toMatch(/without age/);
    expect((await failure(learn.dls.testDl([]))).message).toMatch(/expected rows/);
    const [, decoded] = await learn.predict({ ...census().row(0), workclass: " Astronaut", salary: undefined });
    expect(decoded.ndim).toBe(0);
  });

  it("is exported and loaded without the training rows, and predicts the same", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tabular-"));
    const learn = await quiet();
    await learn.fit(1);
    const file = await learn.export(join(folder, "model.fai"));
    const again = await loadLearner(file, TabularLearner);
    expect(again.dls.table.length).toBe(0);
    const [a, b] = [await learn.predict(census().row(5)), await again.predict(census().row(5))];
    expect(b.probs).toBeClose(a.probs.toArray());
    expect([b.prediction, b.row]).toEqual([a.prediction, a.row]);
    expect(await again.predict(Frame.from([census().row(5)]))).toMatchObject({ prediction: a.prediction });
    rmSync(folder, { recursive: true });
  });

  it("does regression with a range, on one target and on two (TAB-12)", async () => {
    for (const yNames of ["hours", ["hours", "age"]] as const) {
      const dls = await loaders({ yNames, contNames: ["fnlwgt"], procs: [Categorify, Normalize] });
      const learn = tabularLearner(dls, { layers: [10], yRange: [0, 100] });
      learn.removeCbs(Progress);
      learn.logger = () => {};
      await learn.fit(1);
      const { prediction } = await learn.predict(census().row(0));
      if (typeof yNames === "string") expect(prediction).toBeGreaterThan(0);
      else expect(Object.keys(prediction as object)).toEqual(["hours", "age"]);
    }
  });

  it("shows batches and results as tables, and interprets", async () => {
    const learn = await quiet();
    const svg = (await learn.dls.showBatch({ maxN: 3 })).toSVG();
    for (const name of ["workclass", "education-num_na", "salary"]) expect(svg).toContain(name);
    expect((await learn.showResults({ maxN: 3 })).toSVG()).toContain("salary_pred");
    const { ClassificationInterpretation } = await import("../../src/tabular/index.js");
    const interp = await ClassificationInterpretation.fromLearner(learn);
    expect((await interp.plotTopLosses(2)).toSVG()).toContain("occupation: ");
    expect((await interp.confusionMatrix()).flat().reduce((a, b) => a + b)).toBe(80);
  });

  it("refuses data whose targets it does not know", async () => {
    const dls = await loaders({ yNames: [] });
    expect(() => tabularLearner(dls)).toThrow(/knows its targets/);
  });
});

describe("the loaders of a table", () => {
  const to = (n = 10) =>
    new TabularPandas(new Frame({ c: range(0, n), x: range(0, n), y: range(0, n) }), {
      procs: [Categorify],
      catNames: "c",
      contNames: "x",
      yNames: "y",
    });
  const batches = async (dl: TabDataLoader) => {
    const found: number[][] = [];
    for await (const [, x] of dl) found.push((x as Tensor).reshape(-1).toArray() as number[]);
    return found;
  };

  it("go through all rows in order, or in a drawn order that a seed fixes (TAB-8)", async () => {
    expect(await batches(new TabDataLoader(to(), { bs: 4 }))).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
    const shuffled = () => new TabDataLoader(to(), { bs: 4, shuffle: true, dropLast: true, seed: 3 });
    const [a, b] = [shuffled(), shuffled()];
    const first = await batches(a);
    expect([first.length, first]).toEqual([2, await batches(b)]);
    expect(await batches(a)).not.toEqual(first);
    const all = (await batches(new TabDataLoader(to(), { bs: 4, shuffle: true }))).flat();
    expect(all.toSorted((p, q) => p - q)).toEqual(range(0, 10));
    expect(await batches(new TabDataLoader(to(), { bs: 4, n: 5 }))).toEqual([[0, 1, 2, 3], [4]]);
  });

  it("gather the same row from categories, numbers and targets, on copies of the columns", async () => {
    const dl = new TabDataLoader(to(), { bs: 10, shuffle: true });
    const [cats, conts, ys] = (await dl.oneBatch()) as [Tensor, Tensor, Tensor];
    expect([cats.dtype, conts.dtype, ys.shape]).toEqual(["int64", "float32", [10, 1]]);
    expect(cats.sub(1).float()).toBeClose(conts.toArray());
    conts.zero_();
    expect(dl.tensors.conts.sum().item()).toBe(45);
  });

  it("share nothing but memory where many are gathered at once, and are freed when a pass ends early", async () => {
    const dl = new TabDataLoader(to(20_001), { bs: 64, shuffle: true });
    await dl.oneBatch(); // the columns as tensors
    globalThis.gc?.();
    const before = memory().tensors;
    const rows: number[] = [];
    const weight = ones([1]).requiresGrad_();
    let loss: Tensor = zeros([]);
    for await (const [, x, y] of dl) {
      const conts = x as Tensor;
      expect(conts.equal(y as Tensor)).toBe(true);
      rows.push(...(conts.reshape(-1).toArray() as number[]));
      if (rows.length < 200) loss = loss.add(conts.mul(weight).sum());
      else if (rows.length < 300) conts.zero_(); // the graph above must not mind
    }
    loss.backward();
    expect(rows.length).toBe(20_001);
    expect(new Set(rows).size).toBe(20_001);
    expect(weight.grad?.item()).toBe(rows.slice(0, 192).reduce((sum, row) => sum + row));
    for await (const batch of dl) {
      disposeTensors(batch as Tensor[]);
      break;
    }
    globalThis.gc?.();
    expect(memory().tensors - before).toBeLessThan(20);
  });

  it("let hooks choose the rows", async () => {
    expect(await batches(new TabDataLoader(to(), { bs: 2, getIdxs: () => [9, 0, 5] }))).toEqual([[9, 0], [5]]);
    const backwards = new TabDataLoader(to(), { bs: 5, shuffle: true, shuffleFn: (idxs) => [...idxs].reverse() });
    expect(await batches(backwards)).toEqual([
      [9, 8, 7, 6, 5],
      [4, 3, 2, 1, 0],
    ]);
  });

  it("draw rows by weight when asked to (TAB-8)", async () => {
    const wgts = range(0, 10).map((i) => (i === 7 ? 1 : 0));
    expect(await batches(new TabWeightedDL(to(), { bs: 5, shuffle: true, wgts }))).toEqual([
      [7, 7, 7, 7, 7],
      [7, 7, 7, 7, 7],
    ]);
    expect((await batches(new TabWeightedDL(to(), { bs: 5, wgts }))).flat()).toEqual(range(0, 10));
  });

  it("are made of a frame or a file, continuous columns being all that are left (TAB-9)", async () => {
    const dls = await loaders({
      contNames: undefined,
      catNames: ["workclass", "occupation"],
      validIdx: undefined,
      splitSeed: 1,
    });
    expect(dls.contNames).toEqual(["age", "fnlwgt", "education-num", "hours"]);
    expect([dls.train.dataset.length, dls.valid.dataset.length, dls.c]).toEqual([320, 80, 2]);
    const file = join(import.meta.dirname, "../../node_modules/.never.csv");
    expect(existsSync(file)).toBe(false);
    expect((await failure(TabularDataLoaders.fromCsv(file))).message).toContain("ENOENT");
    expect((await failure(loaders({ cont: [] } as object))).message).toMatch(/got "cont"/);
  });
});
