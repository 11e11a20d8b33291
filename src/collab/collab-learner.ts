/** A learner for ratings. */
import type { Label } from "../data/index.js";
import { Frame, type Row } from "../frame/index.js";
import { MSELossFlat } from "../layers/index.js";
import type { LearnerOptions } from "../learner/index.js";
import { type Figure, pointChart } from "../show/index.js";
import {
  type EmbSizes,
  getEmbSz,
  planeOf,
  TabularLearner,
  type TabularModelOptions,
  tabularConfig,
} from "../tabular/index.js";
import {
  checkOptions,
  IndexError,
  noGrad,
  registerConstant,
  scope,
  type Tensor,
  tensor,
  ValueError,
} from "../torch/index.js";
import type { CollabDataLoaders } from "./collab-data-loaders.js";
import { EmbeddingDotBias, EmbeddingNN, type YRange } from "./embedding-dot-bias.js";

/** Settings of `recommend`. */
export interface RecommendOptions {
  /** Items that are left out, such as those the user has rated. Default: those of the training rows; none when the learner was loaded. */
  without?: Iterable<Label>;
}

/** A learner whose items are ratings. */
export class CollabLearner extends TabularLearner {
  /** The columns of users and of items. */
  get #names(): readonly [user: string, item: string] {
    const [user = "", item = ""] = this.dls.catNames;
    return [user, item];
  }

  /** The model, if it is the dot product, which knows factors of users and items. Throws `ValueError` otherwise. */
  get dotBias(): EmbeddingDotBias {
    // The loop holds any model; which one this is, is asked here.
    const model: unknown = this.model;
    if (model instanceof EmbeddingDotBias) return model;
    throw new ValueError(
      `CollabLearner: expected an EmbeddingDotBias, got ${this.model.constructor.name}. Make the learner without useNn.`,
    );
  }

  /**
   * The items that a user would rate best, best first, with the ratings that are expected: a frame of item and rating.
   * Throws `IndexError` for a user that training did not have.
   *
   * @example
   * learn.recommend(73, 10);
   */
  recommend(user: Label, n = 10, options: RecommendOptions = {}): Frame {
    checkOptions("recommend", options, ["without"]);
    const [userName, itemName] = this.#names;
    const { classes, table } = this.dls;
    const row = classes.get(userName)?.indexOf(user) ?? -1;
    if (row < 0) {
      throw new IndexError(
        `recommend: expected a user of the training data in "${userName}", got ${JSON.stringify(user)}.`,
      );
    }
    const items = [...(classes.get(itemName) ?? [])];
    const without = new Set(options.without ?? rated(table.items, userName, row, itemName, items));
    const places = items.map((_, i) => i).filter((i) => i > 0 && !without.has(items[i] as Label));
    const scores = this.#scores(places.map((place) => [row, place]));
    const best = places
      .map((place, i) => ({ place, score: scores[i] ?? Number.NaN }))
      .sort((a, b) => b.score - a.score);
    const rating = this.dls.yNames[0] ?? "rating";
    const rows = best
      .slice(0, n)
      .map(({ place, score }): Row => ({ [itemName]: items[place] as Label, [rating]: score }));
    return Frame.from(rows);
  }

  #scores(pairs: readonly (readonly number[])[]): number[] {
    if (pairs.length === 0) return [];
    const { model, dls } = this;
    const { training } = model;
    model.eval();
    const predict = (): Tensor => {
      const x = tensor(pairs as number[][], { dtype: "int64", device: dls.device ?? "cpu" });
      return model(x).reshape(-1).cpu();
    };
    try {
      return noGrad(() => scope(() => predict().toArray() as number[]));
    } finally {
      model.train(training);
    }
  }

  /** The items whose factors point most nearly the same way as those of an item, with the cosine: a frame. */
  nearest(item: Label, n = 10): Frame {
    const model = this.dotBias;
    const [place = 0] = model.rowsOf([item]);
    const labels = model.labels();
    const cosines = noGrad(() =>
      scope(() => {
        const factors = model.i_weight.weight.detach().cpu();
        const lengths = factors.norm(2, 1).clamp(1e-12);
        const own = factors.select(0, place);
        return factors.matmul(own).div(lengths).div(own.norm()).toArray() as number[];
      }),
    );
    const order = labels.map((_, i) => i).filter((i) => i > 0 && i !== place);
    order.sort((a, b) => (cosines[b] ?? 0) - (cosines[a] ?? 0));
    const [, name] = this.#names;
    return Frame.from(order.slice(0, n).map((i): Row => ({ [name]: labels[i] as Label, cosine: cosines[i] ?? 0 })));
  }
}

/** Items as points: near ones are rated alike, in the two directions in which they differ most. */
export function plotItems(learn: CollabLearner, items: Iterable<Label>): Figure {
  const labels = [...items];
  const points = planeOf(learn.dotBias.weight(labels)).map(([x = 0, y = 0], i) => ({ x, y, name: String(labels[i]) }));
  return pointChart({ points, title: "Items by their factors" });
}

/** The items that a user has among the training rows. */
function rated(rows: Frame, user: string, row: number, item: string, items: readonly Label[]): Label[] {
  if (rows.length === 0) return [];
  const [users, places] = [rows.column(user).order(), rows.column(item).order()];
  return Array.from(users).flatMap((other, i) => (other === row ? [items[places[i] ?? 0] as Label] : []));
}

registerConstant("collab.CollabLearner", CollabLearner);

/** What {@link collabLearner} may be told: what the learner may, and about the model. */
export interface CollabLearnerOptions extends LearnerOptions {
  /** Factors of a user and of an item. Default 50. */
  nFactors?: number;
  /** Whether the model is a network over embeddings instead of a dot product. Default false. */
  useNn?: boolean;
  /** Widths of the network's embeddings by column. Default: the rule's. */
  embSzs?: EmbSizes;
  /** Widths of the network's hidden layers. Default [nFactors]. */
  layers?: readonly number[];
  /** Further options of the network. */
  config?: TabularModelOptions;
  /** Range that predictions are mapped to. Default none. */
  yRange?: YRange | null;
}

/**
 * A learner for ratings: a dot product with biases, or with `useNn` a network. The loss is the mean squared error.
 * Source: COL-4.
 *
 * @example
 * const learn = collabLearner(dls, { nFactors: 50, yRange: [0, 5.5] });
 * await learn.fitOneCycle(5, { lrMax: 5e-3, wd: 0.1 });
 */
export function collabLearner(dls: CollabDataLoaders, options: CollabLearnerOptions = {}): CollabLearner {
  const {
    nFactors = 50,
    useNn = false,
    embSzs = {},
    layers = [nFactors],
    config = {},
    yRange = null,
    ...rest
  } = options;
  const sizes = getEmbSz(dls.table, embSzs);
  const settings = tabularConfig(config);
  const model = useNn
    ? new EmbeddingNN(sizes, layers, { ...settings, yRange: yRange ?? settings.yRange ?? null })
    : EmbeddingDotBias.fromClasses(nFactors, dls.classes, { yRange });
  return new CollabLearner(dls, model, { lossFunc: MSELossFlat(), ...rest });
}
