/**
 * Trains the comparison runs on tables with fastai-ts: `npx tsx bench/accuracy/tables.ts DATA OUT.json`. DATA holds
 * adult_sample, movie_lens_sample and bike_day. `tables_peer.py` does the same in Python, on the same rows.
 */
import { writeFile } from "node:fs/promises";
import { RandomSplitter } from "fastai-ts";
import { CollabDataLoaders, collabLearner } from "fastai-ts/collab";
import {
  accuracy,
  addDatepart,
  Categorify,
  contCatSplit,
  FillMissing,
  mae,
  Normalize,
  readCsv,
  TabularDataLoaders,
  type TabularLearner,
  tabularLearner,
} from "fastai-ts/tabular";
import { manualSeed } from "fastai-ts/torch";

const [data = "", out = ""] = process.argv.slice(2);

async function adult(seed: number): Promise<TabularLearner> {
  const df = await readCsv(`${data}/adult_sample/adult.csv`, { skipInitialSpace: true });
  const [, validIdx] = RandomSplitter({ seed })(Array.from({ length: df.length }, (_, i) => i));
  const dls = await TabularDataLoaders.fromDf(df, {
    procs: [Categorify, FillMissing, Normalize],
    catNames: ["workclass", "education", "marital-status", "occupation", "relationship", "race"],
    contNames: ["age", "fnlwgt", "education-num"],
    yNames: "salary",
    validIdx,
  });
  return tabularLearner(dls, { metrics: accuracy });
}

async function ratings(seed: number): Promise<TabularLearner> {
  const dls = await CollabDataLoaders.fromCsv(`${data}/movie_lens_sample/ratings.csv`, { seed });
  return collabLearner(dls, { nFactors: 50, yRange: [0, 5.5] });
}

/** Days after all that were seen. */
async function bicycles(): Promise<TabularLearner> {
  const read = await readCsv(`${data}/bike_day/day.csv`, { dates: ["dteday"] });
  const df = addDatepart(read.drop(["instant", "casual", "registered", "atemp"]), "dteday", { prefix: "" });
  const [contNames, catNames] = contCatSplit(df, { depVar: "cnt", maxCard: 31 });
  const cut = Math.floor(df.length * 0.8);
  const validIdx = Array.from({ length: df.length - cut }, (_, i) => cut + i);
  const roles = { catNames, contNames, yNames: "cnt", validIdx };
  const dls = await TabularDataLoaders.fromDf(df, { procs: [Categorify, Normalize], ...roles, bs: 32 });
  return tabularLearner(dls, { layers: [100, 50], yRange: [0, 10_000], config: { ps: 0.1 }, metrics: mae });
}

/** The last figure of an epoch's row before the time: the metric, or without one the validation loss. */
const lastFigure = (learn: TabularLearner) => learn.finalRecord.at(-1);

const runs: Record<string, (seed: number) => Promise<unknown>> = Object.fromEntries([
  ...[1, 2, 3].map((epochs) => [
    `adult ${epochs}`,
    async (seed: number) => {
      const learn = await adult(seed);
      await learn.fitOneCycle(epochs);
      return lastFigure(learn);
    },
  ]),
  [
    "ratings",
    async (seed: number) => {
      const learn = await ratings(seed);
      await learn.fineTune(6);
      return lastFigure(learn);
    },
  ],
  [
    "bicycles",
    async () => {
      const learn = await bicycles();
      await learn.fitOneCycle(30, 5e-3);
      return lastFigure(learn);
    },
  ],
]);

const results: { run: string; seed: number; value: unknown }[] = [];
for (const [run, train] of Object.entries(runs)) {
  for (const seed of [1, 2, 3]) {
    manualSeed(seed);
    results.push({ run, seed, value: await train(seed) });
    await writeFile(out, `${JSON.stringify({ peer: "fastai-ts", results }, null, 1)}\n`);
  }
}
