/**
 * Rented bicycles by day, a time series: `npx tsx examples/bike-sharing.ts FILE`, the day.csv of the UCI bike sharing data
 * (default `day.csv`). The last 20 % of the days are for validation, so the model is asked about days after all it has seen.
 */
import {
  addDatepart,
  Categorify,
  contCatSplit,
  Normalize,
  readCsv,
  TabularDataLoaders,
  tabularLearner,
} from "fastai-ts/tabular";

// The counts of two kinds of riders add up to the target, and the running number is the date again.
const read = await readCsv(process.argv[2] ?? "day.csv", { dates: ["dteday"] });
const df = addDatepart(read.drop(["instant", "casual", "registered", "atemp"]), "dteday", { prefix: "" });
const [contNames, catNames] = contCatSplit(df, { depVar: "cnt", maxCard: 31 });
const cut = Math.floor(df.length * 0.8);
const dls = await TabularDataLoaders.fromDf(df, {
  procs: [Categorify, Normalize],
  catNames,
  contNames,
  yNames: "cnt",
  validIdx: Array.from({ length: df.length - cut }, (_, i) => cut + i),
  bs: 32,
});
const learn = tabularLearner(dls, { layers: [100, 50], yRange: [0, 10_000], config: { ps: 0.1 } });
await learn.fitOneCycle(30, 5e-3);

const { preds, targs } = await learn.getPreds();
const off = Number(preds.sub(targs).abs().mean().item());
const mean =
  df
    .slice(0, cut)
    .column("cnt")
    .doubles()
    .reduce((sum, value) => sum + value, 0) / cut;
const guess = Number(targs.sub(mean).abs().mean().item());
console.log(`off by ${off.toFixed(0)} bicycles a day on average; by ${guess.toFixed(0)} when the mean is guessed`);
