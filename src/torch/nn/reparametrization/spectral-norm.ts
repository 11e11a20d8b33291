/** A weight divided by its largest singular value. */
import { z } from "zod";
import { noGrad } from "../../autograd.js";
import { empty } from "../../creation.js";
import { checkOptions, ValueError } from "../../errors.js";
import { keep, scope } from "../../scope.js";
import type { Tensor } from "../../tensor.js";
import { registerWrapper } from "../../wrapper-spec.js";
import { ConvTransposeNd } from "../convolution/conv-transpose.js";
import { normalize } from "../functional/normalization.js";
import type { AnyModule } from "../module.js";
import { type Buffer, buffer, Parameter } from "../parameter.js";
import { parameterField, rememberUndo } from "./weight-norm.js";

const optionsSchema = z.object({ name: z.string(), nPowerIterations: z.int(), dim: z.int(), eps: z.number() });
const describe = registerWrapper("nn.utils.spectralNorm", optionsSchema, (module, options) =>
  spectralNorm(module as AnyModule, options),
);

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
  const note = describe(module);
  const fields = module as unknown as Record<string, unknown>; // the fields are chosen by name
  const weight = parameterField("spectralNorm", module, name);
  const start = (length: number): Buffer =>
    scope(() =>
      buffer(normalize(empty([length], { dtype: weight.dtype, device: weight.device }).normal_(0, 1), { dim: 0, eps })),
    );
  const [height = 1, width = 1] = scope(() => asMatrix(weight.detach(), dim).shape);
  const u = start(height);
  const v = start(width);
  delete fields[name];
  fields[`${name}_orig`] = weight;
  fields[name] = keep(weight.detach());
  fields[`${name}_u`] = u;
  fields[`${name}_v`] = v;

  const compute = (iterations: number): Tensor => {
    const matrix = asMatrix(fields[`${name}_orig`] as Parameter, dim);
    const [left, right] = [fields[`${name}_u`] as Buffer, fields[`${name}_v`] as Buffer];
    noGrad(() => {
      for (let i = 0; i < iterations; i++) {
        right.copy_(normalize(matrix.t().mv(left), { dim: 0, eps }));
        left.copy_(normalize(matrix.mv(right), { dim: 0, eps }));
      }
    });
    // Copies, because the next call changes the vectors while this call's graph still needs them.
    const sigma = left.clone().dot(matrix.mv(right.clone()));
    return (fields[`${name}_orig`] as Parameter).div(sigma);
  };
  const unhook = module.registerForwardPreHook(() => {
    fields[name] = keep(compute(module.training ? nPowerIterations : 0));
  });
  const forget = note({ name, nPowerIterations, dim, eps });
  rememberUndo(module, name, () => {
    unhook();
    forget();
    const plain = scope(() => compute(0).detach());
    for (const key of ["", "_orig", "_u", "_v"]) delete fields[name + key];
    fields[name] = new Parameter(plain);
  });
  return module;
}

/** The weight as [outputs, everything else]. */
function asMatrix(weight: Tensor, dim: number): Tensor {
  const front = dim === 0 ? weight : weight.movedim(dim, 0);
  return front.reshape([front.shape[0] ?? 1, -1]);
}
