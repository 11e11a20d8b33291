/** A learner for tables. */
import { Learner } from "../callback/index.js";
import { getC } from "../data/index.js";
import { Frame, type Row } from "../frame/index.js";
import { getPreds, type LearnerOptions } from "../learner/index.js";
import { registerConstant, type Tensor, ValueError } from "../torch/index.js";
import type { FrameDataLoaders } from "./tabular-data-loaders.js";
import { type EmbSizes, getEmbSz, TabularModel, type TabularModelOptions, tabularConfig } from "./tabular-model.js";

/** What `predict` gives for a row; also destructures as `[row, decoded, probs]`. */
export type TabularPrediction = [row: Row, decoded: Tensor, probs: Tensor] & {
  /** The row as one reads it, with what is predicted in place of the target. */
  readonly row: Row;
  /** What is predicted: a class, a number, or one of these by target. */
  readonly prediction: Row[string] | Row;
  /** The activated output: probabilities of the classes, or the numbers. */
  readonly probs: Tensor;
};

/** A learner whose items are rows of a table. Source: TAB-12. */
export class TabularLearner extends Learner<FrameDataLoaders> {
  /** The prediction for one row, an object with the columns of the training frame. */
  override async predict(row: unknown): Promise<TabularPrediction> {
    const { dls } = this;
    const given = row instanceof Frame ? row.head(1) : Frame.from([row]);
    const dl = await dls.testDl(given.drop(dls.yNames.filter((name) => given.has(name))));
    const { inputs, decoded, preds } = await getPreds(this, { dl, withInput: true, withDecoded: true });
    const members = [...[inputs].flat(), decoded.ndim === 1 ? decoded.unsqueeze(1) : decoded];
    const { items, yNames } = dls.table.fromTensors(members).decode();
    const found = items.row(0);
    const [name = ""] = yNames;
    const one = [decoded.select(0, 0), preds.select(0, 0)] as const;
    const prediction =
      yNames.length === 1 ? (found[name] ?? null) : Object.fromEntries(yNames.map((y) => [y, found[y] ?? null]));
    return Object.assign([found, ...one] as [Row, Tensor, Tensor], { row: found, prediction, probs: one[1] });
  }
}

registerConstant("tabular.TabularLearner", TabularLearner);

/** What {@link tabularLearner} may be told: what the learner may, and about the model. */
export interface TabularLearnerOptions extends LearnerOptions {
  /** Widths of the hidden layers. Default [200, 100]. */
  layers?: readonly number[];
  /** Widths of some embeddings by column. Default: the rule's. */
  embSzs?: EmbSizes;
  /** Further options of the model. */
  config?: TabularModelOptions;
  /** How many outputs. Default: what the data says. */
  nOut?: number;
  /** Range that a last sigmoid maps to. Default: the config's. */
  yRange?: readonly [low: number, high: number] | null;
}

/**
 * A learner with a {@link TabularModel} for the data. Source: TAB-12.
 *
 * @example
 * const learn = tabularLearner(dls, { layers: [200, 100], metrics: accuracy });
 * await learn.fitOneCycle(3);
 */
export function tabularLearner(dls: FrameDataLoaders, options: TabularLearnerOptions = {}): TabularLearner {
  const { layers = [200, 100], embSzs = {}, config = {}, nOut = getC(dls), yRange, ...rest } = options;
  if (!nOut) throw new ValueError("tabularLearner: expected data that knows its targets, got none. Pass { nOut }.");
  const settings = tabularConfig(config);
  const model = new TabularModel(getEmbSz(dls.table, embSzs), dls.contNames.length, nOut, layers, {
    ...settings,
    yRange: yRange ?? settings.yRange ?? null,
  });
  return new TabularLearner(dls, model, rest);
}
