/** Models of ratings. */
import * as z from "zod";
import { CategoryMap, type Label } from "../data/index.js";
import { Embedding, embeddingDot, sigmoidRange } from "../layers/index.js";
import { type Classes, type EmbSize, TabularModel, type TabularModelOptions } from "../tabular/index.js";
import {
  IndexError,
  nn,
  noGrad,
  register,
  registerModule,
  scope,
  type Tensor,
  tensor,
  ValueError,
} from "../torch/index.js";

/** A range that a sigmoid maps to. */
export type YRange = readonly [low: number, high: number];

/** Settings of `fromClasses`. */
export interface FromClassesOptions {
  /** Column of users. Default: the first. */
  user?: string;
  /** Column of items. Default: the second. */
  item?: string;
  /** Range that predictions are mapped to. Default none. */
  yRange?: YRange | null;
}

/** The names that the model was built with. */
interface Names {
  readonly classes: Classes;
  readonly user: string;
  readonly item: string;
}

/**
 * A rating is the dot product of a user's and an item's factors, plus a bias of each; with `yRange`, through a sigmoid.
 *
 * Shapes: x int64 [N, 2], users then items -> [N]. Source: COL-2.
 */
export class EmbeddingDotBias extends nn.Module<[Tensor], Tensor> {
  u_weight: Embedding;
  i_weight: Embedding;
  u_bias: Embedding;
  i_bias: Embedding;
  /** Users and items by name, for models that were built from classes. */
  names: Names | null = null;

  constructor(
    readonly nFactors: number,
    readonly nUsers: number,
    readonly nItems: number,
    readonly yRange: YRange | null = null,
  ) {
    super();
    this.u_weight = new Embedding(nUsers, nFactors);
    this.i_weight = new Embedding(nItems, nFactors);
    this.u_bias = new Embedding(nUsers, 1);
    this.i_bias = new Embedding(nItems, 1);
  }

  /** A model for the classes of two columns. Source: COL-2. */
  static fromClasses(nFactors: number, classes: Classes, options: FromClassesOptions = {}): EmbeddingDotBias {
    const [first = "", second = ""] = classes.keys();
    const { user = first, item = second, yRange = null } = options;
    const count = (name: string): number => {
      const found = classes.get(name);
      if (found) return found.length;
      throw new ValueError(
        `EmbeddingDotBias.fromClasses: expected a column among ${[...classes.keys()].join(", ")}, got "${name}".`,
      );
    };
    const model = new EmbeddingDotBias(nFactors, count(user), count(item), yRange);
    model.names = { classes, user, item };
    return model;
  }

  forward(x: Tensor): Tensor {
    const score = embeddingDot([this.u_weight, this.i_weight], [this.u_bias, this.i_bias], x); // [N]
    if (!this.yRange) return score;
    return sigmoidRange(score, ...this.yRange);
  }

  /** The names of all items (or users), in the order of their rows; the first is `#na#`. */
  labels(options: { isItem?: boolean } = {}): CategoryMap {
    const { isItem = true } = options;
    if (!this.names) {
      throw new ValueError(
        "EmbeddingDotBias: expected a model that knows its names, got one without. Build it with fromClasses.",
      );
    }
    const { classes, user, item } = this.names;
    return classes.get(isItem ? item : user) ?? new CategoryMap([]);
  }

  /** The rows of some items (or users). Throws `IndexError` naming one that training did not have. */
  rowsOf(labels: Iterable<Label>, options: { isItem?: boolean } = {}): number[] {
    const known = new Map(this.labels(options).map((label, row) => [label, row]));
    return Array.from(labels, (label) => {
      const row = known.get(label);
      if (row !== undefined) return row;
      const what = options.isItem === false ? "user" : "item";
      throw new IndexError(
        `EmbeddingDotBias: expected ${what}s of the training data, got ${JSON.stringify(label)}. ` +
          "If it was in the data, it is among the validation rows only.",
      );
    });
  }

  /** The biases of some items (or users), [n]. Source: COL-2. */
  bias(labels: Iterable<Label>, options: { isItem?: boolean } = {}): Tensor {
    return this.#rows(options.isItem === false ? this.u_bias : this.i_bias, labels, options, (x) => x.squeeze(1));
  }

  /** The factors of some items (or users), [n, nFactors]. Source: COL-2. */
  weight(labels: Iterable<Label>, options: { isItem?: boolean } = {}): Tensor {
    return this.#rows(options.isItem === false ? this.u_weight : this.i_weight, labels, options, (x) => x);
  }

  #rows(
    embedding: Embedding,
    labels: Iterable<Label>,
    options: { isItem?: boolean },
    last: (x: Tensor) => Tensor,
  ): Tensor {
    const rows = this.rowsOf(labels, options);
    const pick = () =>
      last(
        embedding.weight
          .detach()
          .cpu()
          .indexSelect(0, tensor(rows, { dtype: "int64" })),
      );
    return noGrad(() => scope(pick));
  }
}

const label = z.union([z.string(), z.number(), z.boolean()]);
const namesSchema = z.object({
  user: z.string(),
  item: z.string(),
  classes: z.array(z.tuple([z.string(), z.array(label)])),
});

register("collab.EmbeddingDotBias", {
  cls: EmbeddingDotBias,
  config: z.object({
    sizes: z.tuple([z.number(), z.number(), z.number()]),
    yRange: z.tuple([z.number(), z.number()]).nullable(),
    names: namesSchema.nullable(),
  }),
  toConfig: ({ nFactors, nUsers, nItems, yRange, names }) => ({
    sizes: [nFactors, nUsers, nItems] as [number, number, number],
    yRange: yRange && ([...yRange] as [number, number]),
    names: names && {
      user: names.user,
      item: names.item,
      classes: [...names.classes].map(([name, labels]) => [name, labels.names()] as [string, Label[]]),
    },
  }),
  fromConfig: ({ sizes, yRange, names }) => {
    const model = new EmbeddingDotBias(...sizes, yRange);
    if (names) {
      const { user, item, classes } = names;
      const maps = classes.map(([name, labels]): [string, CategoryMap] => [
        name,
        new CategoryMap(labels, { sort: false, addNa: true }),
      ]);
      model.names = { user, item, classes: new Map(maps) };
    }
    return model;
  },
});

/** A network over the embeddings of user and item. Shapes: x int64 [N, 2] -> [N, 1]. Source: COL-3. */
export class EmbeddingNN extends TabularModel {
  constructor(embSzs: readonly EmbSize[], layers: readonly number[], options: TabularModelOptions = {}) {
    super(embSzs, 0, 1, layers, options);
  }
}

registerModule("collab.EmbeddingNN", EmbeddingNN);
