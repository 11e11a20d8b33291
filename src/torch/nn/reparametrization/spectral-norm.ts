/** A weight divided by its largest singular value. */
import * as z from "zod";
import { empty } from "../../creation.js";
import { checkOptions, ValueError } from "../../errors.js";
import { scope } from "../../scope.js";
import type { Tensor } from "../../tensor.js";
import { ConvTransposeNd } from "../convolution/conv-transpose.js";
import { normalize as unitVector } from "../functional/normalization.js";
import type { AnyModule } from "../module.js";
import { type Buffer, buffer } from "../parameter.js";
import { normalization, removeNormalization } from "./normalized-parameter.js";
import { powerIteration, weightMatrix } from "./power-iteration.js";

/** Options of `spectralNorm`. */
export interface SpectralNormOptions {
  /** Which parameter. Default "weight". */
  name?: string;
  /** Steps of the power iteration in each training call. Default 1. */
  nPowerIterations?: number;
  /** The dimension of the outputs. Default 0; 1 for transposed convolutions. */
  dim?: number;
  /** Smallest norm that is divided by. Default 1e-12. */
  eps?: number;
}

/** A random vector of length 1. */
export function randomDirection(length: number | undefined, like: Tensor, eps: number): Buffer {
  return scope(() => {
    const drawn = empty([length ?? 1], { dtype: like.dtype, device: like.device }).normal_(0, 1);
    return buffer(unitVector(drawn, { dim: 0, eps }));
  });
}

const normalize = normalization({
  name: "nn.utils.spectralNorm",
  options: z.object({ name: z.string(), nPowerIterations: z.int(), dim: z.int(), eps: z.number() }),
  split(module, weight, { name, dim, eps }) {
    const [height, width] = scope(() => weightMatrix(weight.detach(), dim).shape);
    Reflect.set(module, `${name}_orig`, weight);
    Reflect.set(module, `${name}_u`, randomDirection(height, weight, eps));
    Reflect.set(module, `${name}_v`, randomDirection(width, weight, eps));
    return [`${name}_orig`, `${name}_u`, `${name}_v`];
  },
  compute(module, { name, nPowerIterations, dim, eps }, training) {
    const [weight, left, right] = ["orig", "u", "v"].map(
      (part) => Reflect.get(module, `${name}_${part}`) as Tensor,
    ) as [Tensor, Tensor, Tensor]; // split has made them
    const matrix = weightMatrix(weight, dim);
    powerIteration(matrix, left, right, training ? nPowerIterations : 0, eps);
    // Copies, because the next call changes the vectors while this call's graph still needs them.
    return weight.div(left.clone().dot(matrix.mv(right.clone())));
  },
});

/**
 * Divides a parameter (kept as `weight_orig`) by an estimate of its largest singular value before each call; the estimate
 * improves by power iteration while training (buffers `weight_u`, `weight_v`). Returns the module.
 * Source: Miyato et al. 2018; LAY-10.
 */
export function spectralNorm<M extends AnyModule>(module: M, options: SpectralNormOptions = {}): M {
  checkOptions("spectralNorm", options, ["name", "nPowerIterations", "dim", "eps"]);
  const { name = "weight", nPowerIterations = 1, eps = 1e-12 } = options;
  const dim = options.dim ?? (module instanceof ConvTransposeNd ? 1 : 0);
  if (!(nPowerIterations >= 1)) {
    throw new ValueError(`spectralNorm: expected at least one power iteration, got ${nPowerIterations}.`);
  }
  return normalize(module, { name, nPowerIterations, dim, eps });
}

/** Puts a plain parameter back in place of what `spectralNorm` made. Returns the module. */
export function removeSpectralNorm<M extends AnyModule>(module: M, name = "weight"): M {
  return removeNormalization("removeSpectralNorm", module, name);
}
