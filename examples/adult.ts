/**
 * Who earns more than 50,000 dollars? `npx tsx examples/adult.ts FILE`, a CSV file of the census of 1994 (default
 * `adult.csv`); some ten seconds on two processor cores.
 */
import {
  accuracy,
  Categorify,
  FillMissing,
  featureImportance,
  loadLearner,
  Normalize,
  plotEmbedding,
  plotImportance,
  readCsv,
  TabularDataLoaders,
  TabularLearner,
  tabularLearner,
} from "fastai-ts/tabular";

const df = await readCsv(process.argv[2] ?? "adult.csv", { skipInitialSpace: true });
console.log(df, df.describe());

const dls = await TabularDataLoaders.fromDf(df, {
  procs: [Categorify, FillMissing, Normalize],
  catNames: ["workclass", "education", "marital-status", "occupation", "relationship", "race"],
  contNames: ["age", "fnlwgt", "education-num"],
  yNames: "salary",
  bs: 64,
});
await (await dls.showBatch()).save("adult-batch.png");

const learn = tabularLearner(dls, { metrics: accuracy });
await learn.fitOneCycle(2);
await plotImportance(await featureImportance(learn)).save("adult-importance.png");
await plotEmbedding(learn, "occupation").save("adult-occupation.png");

const file = await learn.export("adult.fai");
const { row, prediction, probs } = await (await loadLearner(file, TabularLearner)).predict(df.row(0));
console.log(row, prediction, probs.toArray());
