/** The network for tables: embeddings for categories, layers over them and the numbers. */
import { Embedding, embedColumns, LinBnDrop, SigmoidRange } from "../layers/index.js";
import { cat, checkOptions, nn, registerModule, type Tensor, ValueError } from "../torch/index.js";
import type { TabularPandas } from "./tabular-pandas.js";

/** Rows and columns of an embedding. */
export type EmbSize = readonly [nClasses: number, size: number];

/** Sizes of some embeddings by column, instead of those of the rule. */
export type EmbSizes = Readonly<Record<string, number>> | ReadonlyMap<string, number>;

/** How wide the embedding of a column with `nCat` classes is: min(600, round(1.6 n^0.56)). Source: TAB-10. */
export function embSzRule(nCat: number): number {
  return Math.min(600, Math.round(1.6 * nCat ** 0.56));
}

/** Classes and width of the embedding of each categorical column. `#na#` counts as a class. Source: TAB-10. */
export function getEmbSz(to: Pick<TabularPandas, "catNames" | "classes">, szDict: EmbSizes = {}): EmbSize[] {
  const given = new Map(szDict instanceof Map ? szDict : Object.entries(szDict));
  const unknown = [...given.keys()].find((name) => !to.catNames.includes(name));
  if (unknown !== undefined) {
    throw new ValueError(
      `getEmbSz: expected categorical columns (${to.catNames.join(", ")}), got "${unknown}". Check the names in embSzs.`,
    );
  }
  return to.catNames.map((name) => {
    const n = to.classes.get(name)?.length;
    if (n === undefined) {
      throw new ValueError(
        `getEmbSz: expected classes of the column "${name}", got none. Add Categorify to the procs.`,
      );
    }
    return [n, given.get(name) ?? embSzRule(n)];
  });
}

/** What a {@link TabularModel} may be told. Source: TAB-11. */
export interface TabularModelOptions {
  /** Dropout of each layer, or of all of them. Default 0. */
  ps?: number | readonly number[];
  /** Dropout of the embeddings. Default 0. */
  embedP?: number;
  /** Range that a last sigmoid maps to. Default none. */
  yRange?: readonly [low: number, high: number] | null;
  /** Whether layers are normalised. Default true. */
  useBn?: boolean;
  /** Whether the last layer is normalised too. Default false. */
  bnFinal?: boolean;
  /** Whether the numbers are normalised. Default true. */
  bnCont?: boolean;
  /** The activation, one for all layers. Default ReLU, in place. */
  actCls?: nn.Module<[Tensor], Tensor>;
  /** Whether a layer begins with its linear part. Default true. */
  linFirst?: boolean;
}

/** The option names of a TabularModel. */
export const tabularModelKeys = [
  ...(["ps", "embedP", "yRange", "useBn", "bnFinal", "bnCont", "actCls", "linFirst"] as const),
] as const satisfies readonly (keyof TabularModelOptions)[];

/** Options of a {@link TabularModel}, checked. Source: TAB-12. */
export function tabularConfig(options: TabularModelOptions = {}): TabularModelOptions {
  checkOptions("tabularConfig", options, tabularModelKeys);
  return { ...options };
}

/**
 * Embeddings of the categories beside the normalised numbers, then layers of linear, activation, batch norm and dropout,
 * and a linear layer with bias.
 *
 * Shapes: xCat int64 [N, categories], xCont float32 [N, numbers] -> [N, outSz]. Source: TAB-11.
 *
 * @example
 * new TabularModel([[10, 6], [17, 8]], 3, 2, [200, 100], { ps: 0.1 });
 */
export class TabularModel extends nn.Module<[xCat: Tensor, xCont?: Tensor], Tensor> {
  embeds: Embedding[];
  emb_drop: nn.Dropout;
  bn_cont: nn.BatchNorm1d | null;
  layers: nn.Sequential;
  readonly nEmb: number;
  readonly nCont: number;

  constructor(
    embSzs: readonly EmbSize[],
    nCont: number,
    outSz: number,
    layers: readonly number[],
    options: TabularModelOptions = {},
  ) {
    super();
    checkOptions("TabularModel", options, tabularModelKeys);
    const {
      ps = 0,
      embedP = 0,
      yRange = null,
      useBn = true,
      bnFinal = false,
      bnCont = true,
      linFirst = true,
    } = options;
    const { actCls = new nn.ReLU({ inplace: true }) } = options;
    const drops = typeof ps === "number" ? layers.map(() => ps) : ps;
    if (drops.length !== layers.length) {
      throw new ValueError(`TabularModel: expected ${layers.length} probabilities in ps, got ${drops.length}.`);
    }
    this.embeds = embSzs.map(([ni, nf]) => new Embedding(ni, nf));
    this.emb_drop = new nn.Dropout(embedP);
    this.bn_cont = bnCont ? new nn.BatchNorm1d(nCont) : null;
    this.nEmb = embSzs.reduce((sum, [, size]) => sum + size, 0);
    this.nCont = nCont;
    const sizes = [this.nEmb + nCont, ...layers, outSz];
    const made = sizes.slice(1).map((size, i): nn.Module<[Tensor], Tensor> => {
      const isLast = i === layers.length;
      const bn = useBn && (!isLast || bnFinal);
      return new LinBnDrop(sizes[i] as number, size, { bn, p: drops[i] ?? 0, act: isLast ? null : actCls, linFirst });
    });
    if (yRange) made.push(new SigmoidRange(...yRange));
    this.layers = new nn.Sequential(...made);
  }

  forward(xCat: Tensor, xCont?: Tensor): Tensor {
    const parts: Tensor[] = [];
    if (this.nEmb > 0) parts.push(this.emb_drop(embedColumns(this.embeds, xCat)));
    if (this.nCont > 0 && xCont) parts.push(this.bn_cont ? this.bn_cont(xCont) : xCont);
    return this.layers(parts.length === 1 ? (parts[0] as Tensor) : cat(parts, 1)); // [N, outSz]
  }
}

registerModule("tabular.TabularModel", TabularModel);
