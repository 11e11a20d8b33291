import { cat, nn, ops, type Tensor } from "../torch/index.js";
import { truncNormal_ } from "./init.js";

/**
 * An embedding of `ni` rows and `nf` columns whose weights start near 0, within twice `std`.
 *
 * Shapes: indices [...] int64 -> [..., nf]. Source: LAY-9.
 */
export class Embedding extends nn.Embedding {
  constructor(ni: number, nf: number, { std = 0.01 }: { std?: number } = {}) {
    super(ni, nf);
    truncNormal_(this.weight, { std });
  }
}

/** Whether a module is nothing but its table, so that the table may be read in its place. */
function isPlainTable(embed: nn.Embedding): boolean {
  const { maxNorm, paddingIdx, sparse, scaleGradByFreq } = embed;
  const simple = maxNorm === null && paddingIdx === null && !sparse && !scaleGradByFreq;
  return simple && !embed.hasHooks && embed.forward === nn.Embedding.prototype.forward;
}

/**
 * The vectors of several columns side by side: `embeds[i]` looks the column `i` up. Where all are plain tables it is one
 * operation; otherwise each is called. The numbers are the same.
 *
 * Shapes: x int64 [N, columns] -> [N, sum of widths]. Throws `IndexError` naming the column of a number without a row.
 */
export function embedColumns(embeds: readonly nn.Embedding[], x: Tensor): Tensor {
  if (embeds.every(isPlainTable)) {
    const tables = embeds.map((embed) => embed.weight);
    return ops.fastai?.embed_columns?.(tables, x) as Tensor;
  }
  const columns = x.unbind(1);
  return cat(
    embeds.map((embed, i) => embed(columns[i] as Tensor)),
    1,
  );
}

/**
 * What two columns of classes have to do with each other: the dot product of the vectors that `u` and `v` hold for a row, plus
 * a bias of each. Where all are plain tables it is one operation; otherwise each is called.
 *
 * Shapes: x int64 [N, 2] -> [N]. Throws `IndexError` naming the column of a number without a row. Source: COL-2.
 */
export function embeddingDot(
  [u, v]: readonly [nn.Embedding, nn.Embedding],
  [uBias, vBias]: readonly [nn.Embedding, nn.Embedding],
  x: Tensor,
): Tensor {
  if ([u, v, uBias, vBias].every(isPlainTable)) {
    return ops.fastai?.embedding_dot?.(u.weight, v.weight, uBias.weight, vBias.weight, x) as Tensor;
  }
  const [first, second] = x.unbind(1) as [Tensor, Tensor];
  const dot = u(first).mul(v(second)).sum(1);
  return dot.add(uBias(first).squeeze(1)).add(vBias(second).squeeze(1)); // [N]
}
