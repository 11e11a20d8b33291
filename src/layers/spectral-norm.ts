import * as z from "zod";
import { nn, noGrad, registerWrapper, type Tensor } from "../torch/index.js";
import { recomputeWeight, takeWeight } from "./reparametrise.js";

const describe = registerWrapper("layers.spectralNorm", z.object({}), (module) => spectralNorm(module as nn.AnyModule));

/** The parts of a layer under {@link spectralNorm}: the weight that learns, and estimates of its first singular vectors. */
export interface SpectralNormed {
  weight_orig: nn.Parameter;
  weight_u: Tensor;
  weight_v: Tensor;
}

/** Keeps a vector of zeros from a division by 0. */
const EPS = 1e-12;

function unit(vector: Tensor): Tensor {
  return vector.div(vector.norm().clampMin(EPS));
}

/**
 * Divides a layer's weight by its largest singular value, which each call in training estimates more closely (power iteration).
 * Changes the layer and returns it. Keys are those of PyTorch's older `spectral_norm`, which fastai uses.
 *
 * Source: LAY-8, Miyato et al. 2018.
 */
export function spectralNorm<M extends nn.AnyModule>(module: M): M & SpectralNormed {
  const note = describe(module);
  const weight = takeWeight(module, "spectralNorm");
  const [height = 0, width = 0] = weight.flatten(1).shape;
  const direction = (n: number) => noGrad(() => unit(weight.newEmpty([n]).normal_(0, 1)));
  const added: SpectralNormed = {
    weight_orig: weight,
    weight_u: nn.buffer(direction(height)),
    weight_v: nn.buffer(direction(width)),
  };
  const normed = Object.assign(module, added);
  recomputeWeight(normed, weight.detach(), normalised);
  note({});
  return normed;
}

function normalised({ weight_orig, weight_u, weight_v, training }: SpectralNormed & { training: boolean }): Tensor {
  const matrix = weight_orig.flatten(1); // [nOut, rest]
  let [u, v] = [weight_u, weight_v];
  if (training) {
    noGrad(() => {
      weight_v.copy_(unit(matrix.t().mv(weight_u)));
      weight_u.copy_(unit(matrix.mv(weight_v)));
      // Copies for the graph: a second call before backward changes the buffers.
      [u, v] = [weight_u.clone(), weight_v.clone()];
    });
  }
  return weight_orig.div(u.dot(matrix.mv(v)));
}
