import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  CollabDataLoaders,
  CollabLearner,
  collabLearner,
  type Frame,
  loadLearner,
  plotItems,
} from "../../collab/index.js";
import type { Label } from "../../data/index.js";
import { manualSeed } from "../../torch/index.js";
import type { QuickstartOptions } from "./options.js";
import { readTable } from "./read-table.js";
import { Report } from "./report.js";

const folder = "quickstart"; // beside where the command was started

/** Trains on ratings: how good it is beside a guess, what it recommends, items in the plane, and the model as a file. */
export async function ratingsQuickstart(options: QuickstartOptions): Promise<void> {
  const { ratings: file = "", bs = 64, lr = 5e-3, epochs = 5 } = options;
  const report = new Report();
  const df = await readTable(file);
  const [user = "", item = "", rating = ""] = df.columns;
  manualSeed(42); // the same command gives the same model
  const dls = await CollabDataLoaders.fromDf(df, {
    bs: Math.min(bs, Math.max(2, Math.floor(df.length / 4))),
    seed: 42,
  });
  const [users, items] = [df.unique(user).length, df.unique(item).length];
  report.say(
    "Ratings",
    `${df.length.toLocaleString("en-US")} of ${items} items by ${users} users, in ${file}`,
    `users in "${user}", items in "${item}", ratings in "${rating}"`,
  );
  report.say(
    "Training",
    `${epochs} ${epochs === 1 ? "epoch" : "epochs"}, batches of ${dls.train.bs}, learning rate up to ${lr}`,
    "",
  );
  const sorted = df.column(rating).doubles().slice().sort();
  const [low = 0, high = 0] = [sorted[0], sorted.at(-1)];
  const margin = 0.1 * (high - low);
  const learn = collabLearner(dls, { nFactors: 50, yRange: [low - margin, high + margin] });
  await learn.fitOneCycle(epochs, { lrMax: lr, wd: 0.1 });
  tellResult(report, learn);

  await mkdir(folder, { recursive: true });
  const often = df.groupCounts(item).head(40).column(item);
  const known = [...often].filter((label) => learn.dotBias.labels().includes(label as Label));
  await plotItems(learn, known as Label[]).save(
    report.wrote(join(folder, "items.png"), "items: near ones are rated alike"),
  );
  await shipAndTry(report, learn, df);
  report.finish("Not good enough? More ratings help most, then --epochs (npm start -- --help).");
}

/** The error on the validation rows beside that of guessing the mean. */
function tellResult(report: Report, learn: CollabLearner): void {
  const train = learn.dls.train.dataset.y.doubles();
  const valid = learn.dls.valid.dataset.y.doubles();
  const mean = train.reduce((sum, value) => sum + value, 0) / train.length;
  const guess = Math.sqrt(valid.reduce((sum, value) => sum + (value - mean) ** 2, 0) / valid.length);
  const loss = learn.recorder.values.at(-1)?.[1] ?? Number.NaN;
  report.say("", "");
  report.say("Result", `ratings it never saw are off by ${Math.sqrt(loss).toFixed(3)} (root mean square)`);
  report.say("", `guessing the mean, ${mean.toFixed(2)}, every time is off by ${guess.toFixed(3)}`);
}

/** Saves the model, reads it back and recommends items to the first user. */
async function shipAndTry(report: Report, learn: CollabLearner, df: Frame): Promise<void> {
  const model = report.wrote(join(folder, "ratings.fai"), "the model: await loadLearner(...), then recommend(user)");
  await learn.export(join(process.cwd(), model));
  const again = await loadLearner(model, CollabLearner);
  const [name = "", item = ""] = df.columns;
  const user = df.column(name).get(0) as Label; // ids and names, as the loaders check
  const seen = df.filter(Array.from(df.column(name), (other) => other === user)).unique(item) as Label[];
  const best = again.recommend(user, 5, { without: seen });
  report.say(
    "Predict",
    `to ${name} ${String(user)} it recommends ${best
      .toObjects()
      .map((row) => row[item])
      .join(", ")}`,
    "",
  );
}
