/** What each column is worth to a model. */
import { Frame } from "../frame/index.js";
import { barChart, type Figure } from "../show/index.js";
import { checkOptions, ValueError } from "../torch/index.js";
import { TabDataLoader } from "./tab-data-loader.js";
import type { TabularLearner } from "./tabular-learner.js";

/** Settings of `featureImportance`. */
export interface ImportanceOptions {
  /** Which of the data's loaders. Default 1, the validation one. */
  dsIdx?: number;
  /** Another loader. */
  dl?: TabDataLoader;
  /** How often each column is shuffled; the mean counts. Default 1. */
  repeats?: number;
}

/**
 * How much the loss grows when the rows of a column are shuffled, so that it says nothing any more: a frame of `column`
 * and `importance`, the greatest first. Source: Breiman, Random Forests, 2001, section 10.
 *
 * @example
 * const importance = await featureImportance(learn);
 * await plotImportance(importance).save("importance.png");
 */
export async function featureImportance(learn: TabularLearner, options: ImportanceOptions = {}): Promise<Frame> {
  checkOptions("featureImportance", options, ["dsIdx", "dl", "repeats"]);
  const { dsIdx = 1, dl = learn.dls.loaders[dsIdx], repeats = 1 } = options;
  if (!(dl instanceof TabDataLoader)) {
    throw new ValueError(`featureImportance: expected a loader of a table, got none at ${dsIdx}. Pass { dl }.`);
  }
  const lossOf = async (loader: TabDataLoader): Promise<number> => Number((await learn.validate({ dl: loader }))[0]);
  const base = await lossOf(dl.new(undefined, { shuffle: false, dropLast: false }));
  const found: { column: string; importance: number }[] = [];
  for (const column of dl.dataset.xNames) {
    let sum = 0;
    for (let i = 0; i < repeats; i++) sum += await lossOf(dl.withShuffledColumn(column));
    found.push({ column, importance: sum / repeats - base });
  }
  return Frame.from(found.sort((a, b) => b.importance - a.importance));
}

/** The importances as bars, the greatest at the top. */
export function plotImportance(importance: Frame, options: { maxN?: number } = {}): Figure {
  checkOptions("plotImportance", options, ["maxN"]);
  const shown = importance.head(options.maxN ?? 20);
  return barChart({
    names: Array.from(shown.column("column"), String),
    values: Float64Array.from(shown.column("importance").order()),
    title: "Importance",
    xLabel: "growth of the loss when the column is shuffled",
  });
}
