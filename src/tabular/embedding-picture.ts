/** Embeddings in the plane. */
import { type Figure, pointChart } from "../show/index.js";
import { noGrad, scope, type Tensor, ValueError } from "../torch/index.js";
import type { TabularLearner } from "./tabular-learner.js";
import { TabularModel } from "./tabular-model.js";

/** The two main directions of vectors [n, d] around their mean, as coordinates [n, 2]. */
export function planeOf(vectors: Tensor): number[][] {
  return noGrad(() =>
    scope(() => {
      const centred = vectors.detach().cpu().double();
      const around = centred.sub(centred.mean(0, { keepdim: true }));
      const [u, s] = around.svd() as unknown as [Tensor, Tensor, Tensor];
      return u
        .narrow(1, 0, 2)
        .mul(s.narrow(0, 0, 2))
        .toArray() as number[][];
    }),
  );
}

/**
 * The classes of a categorical column as points: near ones mean alike things to the model. The picture shows the two
 * directions in which the embedding varies most. Throws `ValueError` for a column without an embedding.
 *
 * @example
 * await plotEmbedding(learn, "occupation").save("occupation.png");
 */
export function plotEmbedding(learn: TabularLearner, name: string): Figure {
  const { catNames, classes } = learn.dls;
  const place = catNames.indexOf(name);
  // The loop holds any model; which one this is, is asked here.
  const model: unknown = learn.model;
  const embed = model instanceof TabularModel ? model.embeds[place] : undefined;
  if (!embed || embed.embeddingDim < 2) {
    throw new ValueError(
      `plotEmbedding: expected a column with an embedding of two numbers or more, such as ${catNames.join(", ")}, got "${name}".`,
    );
  }
  const labels = [...(classes.get(name) ?? [])].map(String);
  const points = planeOf(embed.weight).map(([x = 0, y = 0], i) => ({ x, y, name: labels[i] ?? "" }));
  return pointChart({ points: points.slice(1), title: name });
}
