/**
 * Films by how people rate them: `npx tsx examples/movielens.ts FOLDER`, with ratings.csv (userId, movieId, rating) and, if
 * there is one, movies.csv (movieId, title). The default is `ml-latest-small`; about half a minute on two processor cores.
 */
import { existsSync } from "node:fs";
import { CollabDataLoaders, collabLearner, plotItems, readCsv } from "fastai-ts/collab";

const folder = process.argv[2] ?? "ml-latest-small";
let ratings = await readCsv(`${folder}/ratings.csv`);
let itemName = "movieId";
if (existsSync(`${folder}/movies.csv`)) {
  ratings = ratings.join(await readCsv(`${folder}/movies.csv`, { columns: ["movieId", "title"] }), { on: "movieId" });
  itemName = "title";
}
const dls = await CollabDataLoaders.fromDf(ratings, { userName: "userId", itemName, ratingName: "rating", seed: 42 });
const learn = collabLearner(dls, { nFactors: 50, yRange: [0.5, 5.5] });
await learn.fineTune(6);

const films = ratings.groupCounts(itemName).head(60).column(itemName);
const known = [...films]
  .filter((film) => film !== null)
  .map((film) => (typeof film === "number" ? film : String(film)));
const ofTraining = known.filter((film) => learn.dotBias.labels().includes(film));
await plotItems(learn, ofTraining).save("films.png");
console.log(learn.recommend(Number(ratings.row(0).userId), 10));
console.log(learn.nearest(ofTraining[0] ?? "", 5));
