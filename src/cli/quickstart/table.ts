import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  accuracy,
  Categorify,
  type Column,
  FillMissing,
  type Frame,
  featureImportance,
  loadLearner,
  Normalize,
  plotImportance,
  TabularDataLoaders,
  TabularLearner,
  tabularLearner,
} from "../../tabular/index.js";
import { manualSeed } from "../../torch/index.js";
import type { QuickstartOptions } from "./options.js";
import { readTable } from "./read-table.js";
import { Report } from "./report.js";
import { type TableRoles, tableRoles } from "./table-roles.js";

const folder = "quickstart"; // beside where the command was started
/** Rows that a training should see in all, for tables of any length. */
const ROWS_SEEN = 60_000;

/** Trains on a table: what was inferred, how good it is beside a guess, what each column is worth, and the model as a file. */
export async function tableQuickstart(options: QuickstartOptions): Promise<void> {
  const { tabular: file = "", target = "", bs = 64, lr = 3e-3 } = options;
  const report = new Report();
  const read = await readTable(file);
  const roles = tableRoles(read, target);
  const { df, catNames, contNames, isClasses } = roles;
  tellTable(report, file, read, roles, target);

  manualSeed(42); // the same command gives the same model
  const dls = await TabularDataLoaders.fromDf(df, {
    procs: [Categorify, FillMissing, Normalize],
    catNames,
    contNames,
    yNames: target,
    bs: Math.min(bs, Math.max(2, Math.floor(df.length / 4))),
    splitSeed: 42,
  });
  const epochs = options.epochs ?? Math.min(30, Math.max(3, Math.round(ROWS_SEEN / df.length)));
  report.say(
    "Training",
    `${epochs} ${epochs === 1 ? "epoch" : "epochs"}, batches of ${dls.train.bs}, learning rate up to ${lr}`,
    "",
  );
  const yRange = isClasses ? null : targetRange(df.column(target));
  const learn = tabularLearner(dls, { metrics: isClasses ? accuracy : [], yRange });
  await learn.fitOneCycle(epochs, lr);
  tellResult(report, learn, target, isClasses);

  await mkdir(folder, { recursive: true });
  const importance = await featureImportance(learn);
  const picture = report.wrote(join(folder, "importance.png"), "what each column is worth");
  await plotImportance(importance).save(picture);
  const worth = importance
    .head(3)
    .toObjects()
    .map(({ column }) => String(column));
  report.say("Columns", `the most important ones are ${worth.join(", ")}`);
  await shipAndTry(report, learn, df, target);
  report.finish("Not good enough? More rows help most, then --epochs (npm start -- --help).");
}

function tellTable(report: Report, file: string, read: Frame, roles: TableRoles, target: string): void {
  const { df, catNames, contNames, isClasses, notes } = roles;
  const list = (names: readonly string[]) =>
    `${names.length}: ${names.slice(0, 12).join(", ")}${names.length > 12 ? " …" : ""}`;
  const because = (read.inferred ?? []).flatMap((column) =>
    column.because ? [`${column.name} is text, because row ${column.because.row} holds "${column.because.text}"`] : [],
  );
  const kind = isClasses ? `${df.unique(target).length} classes` : "a number";
  report.say("Table", `${read.length.toLocaleString("en-US")} rows and ${read.columns.length} columns, in ${file}`);
  report.say("Target", `${target}, ${kind}`);
  report.say("Inputs", `categories, ${list(catNames)}`, `numbers, ${list(contNames)}`);
  if (notes.length + because.length > 0) report.say("Decided", ...because, ...notes);
}

/** A little beyond what occurs, so that the sigmoid at the end reaches it. */
function targetRange(column: Column): [number, number] {
  const sorted = column.doubles().slice().sort();
  const [low = 0, high = 0] = [sorted[0], sorted.at(-1)];
  const margin = 0.05 * (high - low);
  return [low - margin, high + margin];
}

/** The metric on the validation rows beside what a guess without any input gets. */
function tellResult(report: Report, learn: TabularLearner, target: string, isClasses: boolean): void {
  const train = learn.dls.train.dataset.y.doubles();
  const valid = learn.dls.valid.dataset.y.doubles();
  const [loss, share] = learn.recorder.values.at(-1)?.slice(1) ?? [];
  if (isClasses) {
    const counts = new Map<number, number>();
    for (const code of train) counts.set(code, (counts.get(code) ?? 0) + 1);
    const [most = 0] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a));
    const guess = valid.filter((code) => code === most).length / valid.length;
    report.say("", "");
    report.say("Result", `${percent(share ?? 0)} of the rows it never saw are right`);
    report.say("", `${percent(guess)} are right when ${String(learn.dls.vocab?.[most])} is guessed every time`);
    return;
  }
  const mean = train.reduce((sum, value) => sum + value, 0) / train.length;
  const guess = Math.sqrt(valid.reduce((sum, value) => sum + (value - mean) ** 2, 0) / valid.length);
  report.say("", "");
  report.say(
    "Result",
    `${target} is off by ${number(Math.sqrt(loss ?? Number.NaN))} (root mean square) in rows it never saw`,
  );
  report.say("", `guessing the mean, ${number(mean)}, every time is off by ${number(guess)}`);
}

/** Saves the model, reads it back and predicts a row. */
async function shipAndTry(report: Report, learn: TabularLearner, df: Frame, target: string): Promise<void> {
  const model = report.wrote(join(folder, "table.fai"), "the model: await loadLearner(...), then predict(row)");
  await learn.export(join(process.cwd(), model));
  const again = await loadLearner(model, TabularLearner);
  const { prediction } = await again.predict(df.row(0));
  const said = typeof prediction === "number" ? number(prediction) : String(prediction);
  report.say(
    "Predict",
    `row 0 has ${target} ${said}, says ${basename(model)}, loaded again (it is ${String(df.column(target).get(0))})`,
    "",
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function number(value: number): string {
  return String(Number(value.toPrecision(4)));
}
