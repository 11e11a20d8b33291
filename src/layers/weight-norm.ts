import * as z from "zod";
import { nn, noGrad, registerWrapper, type Tensor } from "../torch/index.js";
import { recomputeWeight, takeWeight } from "./reparametrise.js";

const describe = registerWrapper("layers.weightNorm", z.object({}), (module) => weightNorm(module as nn.AnyModule));

/** The parameters of a layer under {@link weightNorm}. */
export interface WeightNormed {
  weight_g: nn.Parameter;
  weight_v: nn.Parameter;
}

/** The length of each slice along the first dimension. Shapes: [n, ...] -> [n, 1, ...]. */
function lengths(weight: Tensor): Tensor {
  return weight
    .flatten(1)
    .norm({ p: 2, dim: 1 })
    .view([-1, ...weight.shape.slice(1).map(() => 1)]); // [n, 1, ...]
}

/**
 * Splits a layer's weight into a direction `weight_v` and a length `weight_g` for each output channel, from which it is computed
 * before each call. Changes the layer and returns it. Keys are those of PyTorch's older `weight_norm`, which fastai uses.
 *
 * Source: LAY-8, Salimans and Kingma 2016.
 */
export function weightNorm<M extends nn.AnyModule>(module: M): M & WeightNormed {
  const note = describe(module);
  const weight = takeWeight(module, "weightNorm");
  const added: WeightNormed = {
    weight_g: new nn.Parameter(noGrad(() => lengths(weight))),
    weight_v: new nn.Parameter(weight.detach()),
  };
  const normed = Object.assign(module, added);
  recomputeWeight(normed, weight.detach().clone(), (m) => m.weight_v.mul(m.weight_g.div(lengths(m.weight_v))));
  note({});
  return normed;
}
