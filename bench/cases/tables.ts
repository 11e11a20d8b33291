import { CollabDataLoaders, collabLearner } from "fastai-ts/collab";
import {
  Categorify,
  FillMissing,
  Normalize,
  Progress,
  readCsv,
  TabularDataLoaders,
  type TabularLearner,
  TabularPandas,
  tabularLearner,
} from "fastai-ts/tabular";
import { manualSeed } from "fastai-ts/torch";
import { tableFile } from "../table-data.mjs";
import type { Iterate, Prepare } from "./iterate.js";

const procs = [Categorify, FillMissing, Normalize];
const adult = {
  catNames: ["workclass", "education", "marital-status", "occupation", "relationship", "race"],
  contNames: ["age", "fnlwgt", "education-num"],
  yNames: "salary",
};
const million = { catNames: ["c1", "c2", "i1"], contNames: ["f1", "f2", "f3", "f4"], yNames: "y" };

/** The first four fifths train: the peers divide alike. */
function splits(n: number): [number[], number[]] {
  const rows = Array.from({ length: n }, (_, i) => i);
  return [rows.slice(0, Math.floor(n * 0.8)), rows.slice(Math.floor(n * 0.8))];
}

/** Repeats something that waits. */
function times(work: () => unknown): Iterate {
  return async (n) => {
    for (let i = 0; i < n; i++) await work();
    return n;
  };
}

const reading =
  (name: string): Prepare =>
  () => {
    const path = tableFile(name);
    return times(() => readCsv(path));
  };

const preparing =
  (name: string, roles: typeof adult | typeof million): Prepare =>
  async () => {
    const df = await readCsv(tableFile(name));
    const rows = splits(df.length);
    return times(() => new TabularPandas(df, { procs, ...roles, splits: rows }));
  };

/** Whole epochs of `fitOneCycle`, at least `n` steps. */
function steps(learn: TabularLearner): Iterate {
  learn.removeCbs(Progress);
  learn.logger = () => {};
  const { length } = learn.dls.train;
  return async (n) => {
    const epochs = Math.ceil(n / length);
    await learn.fitOneCycle(epochs, { lrMax: 1e-3 });
    return epochs * length;
  };
}

/** Training alone: the peer's loop has no validation. */
function withoutValidation(learn: TabularLearner): TabularLearner {
  learn.dls.loaders.length = 1;
  return learn;
}

async function adultLearner(): Promise<TabularLearner> {
  const df = await readCsv(tableFile("adult"));
  const to = new TabularPandas(df, { procs, ...adult, splits: splits(df.length) });
  manualSeed(42);
  return tabularLearner(TabularDataLoaders.of(to, { bs: 64, device: "cpu" }));
}

async function ratingsLearner(): Promise<TabularLearner> {
  const df = (await readCsv(tableFile("ratings"))).select(["userId", "movieId", "rating"]);
  manualSeed(42);
  const dls = await CollabDataLoaders.fromDf(df, { bs: 64, seed: 42, device: "cpu" });
  return collabLearner(dls, { nFactors: 50, yRange: [0, 5.5] });
}

/** Predictions of a model trained on Adult for a million rows. */
async function predictions(): Promise<Iterate> {
  const learn = await adultLearner();
  learn.removeCbs(Progress);
  const { items } = learn.dls.table;
  const rows = new Int32Array(1_000_000).map((_, i) => i % items.length);
  const table = learn.dls.table.new(items.take(rows));
  const dl = learn.dls.valid.new(table, { shuffle: false, dropLast: false });
  return times(() => learn.getPreds({ dl }));
}

/** Tables and ratings. */
export const tables: Record<string, Prepare> = {
  "csv.adult": reading("adult"),
  "csv.1m": reading("million"),
  "tabular.prep": preparing("adult", adult),
  "tabular.prep.1m": preparing("million", million),
  "tabular.step": async () => steps(withoutValidation(await adultLearner())),
  "tabular.step.fastai": async () => steps(await adultLearner()),
  "collab.step": async () => steps(withoutValidation(await ratingsLearner())),
  "collab.step.fastai": async () => steps(await ratingsLearner()),
  "tabular.getpreds.1m": predictions,
};
