/**
 * Filling tensors with starting values, in place and without recording gradients. The generator is consumed as in
 * PyTorch, so the same seed gives the same values. Each function returns its tensor.
 */
import { noGrad } from "../autograd.js";
import { empty, emptyLike, randperm } from "../creation.js";
import { ShapeError, ValueError } from "../errors.js";
import { where } from "../generated/functions.js";
import { opFunction } from "../op-callable.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";

/** The activation that follows a layer; decides the gain of its initialisation. */
export type Nonlinearity =
  | "linear"
  | "conv1d"
  | "conv2d"
  | "conv3d"
  | "conv_transpose1d"
  | "conv_transpose2d"
  | "conv_transpose3d"
  | "sigmoid"
  | "tanh"
  | "relu"
  | "leaky_relu"
  | "selu";

/** Options of the Kaiming initialisations. */
export interface KaimingOptions {
  /** Negative slope of the leaky ReLU that follows. Default 0. */
  a?: number;
  /** Whether to keep the variance of the forward or of the backward pass. Default "fan_in". */
  mode?: "fan_in" | "fan_out";
  /** Default "leaky_relu". */
  nonlinearity?: Nonlinearity;
}

const gains: Partial<Record<Nonlinearity, number>> = { tanh: 5 / 3, relu: Math.sqrt(2), selu: 3 / 4 };

/** The recommended gain of a nonlinearity; `param` is the slope of "leaky_relu" (default 0.01). */
export function calculateGain(nonlinearity: Nonlinearity, param = 0.01): number {
  if (nonlinearity === "leaky_relu") return Math.sqrt(2 / (1 + param ** 2));
  return gains[nonlinearity] ?? 1;
}

/** Inputs and outputs of one unit of a weight [out, in, ...kernel]. Throws `ShapeError` below two dimensions. */
export function calculateFanInAndFanOut(weight: Tensor): [fanIn: number, fanOut: number] {
  const [out, input, ...kernel] = weight.shape;
  if (out === undefined || input === undefined) {
    throw new ShapeError(
      `nn.init: expected a weight of at least 2 dimensions, got shape [${weight.shape.join(", ")}]. ` +
        "Fill vectors with uniform_ or constant_.",
    );
  }
  const area = kernel.reduce((product, size) => product * size, 1);
  return [input * area, out * area];
}

/** Fills with values from U(a, b). */
export function uniform_<T extends Tensor>(weight: T, a = 0, b = 1): T {
  noGrad(() => weight.uniform_(a, b));
  return weight;
}

/** Fills with values from N(mean, std^2). */
export function normal_<T extends Tensor>(weight: T, mean = 0, std = 1): T {
  noGrad(() => weight.normal_(mean, std));
  return weight;
}

/** The part of N(mean, std^2) that `truncNormal_` keeps. */
export interface TruncNormalOptions {
  /** Default 0. */
  mean?: number;
  /** Default 1. */
  std?: number;
  /** Lowest value. Default -2. */
  a?: number;
  /** Highest value. Default 2. */
  b?: number;
}

/** Fills with values from N(mean, std^2) cut off at [a, b], by rejection: values outside are drawn again. */
export function truncNormal_<T extends Tensor>(weight: T, options: TruncNormalOptions = {}): T {
  const { mean = 0, std = 1, a = -2, b = 2 } = options;
  scope(() =>
    noGrad(() => {
      const kept = normalCdf((b - mean) / std) - normalCdf((a - mean) / std);
      if (kept > 0.3) rejectNormal_(weight, mean, std, a, b);
      else rejectUniform_(weight, mean, std, a, b);
    }),
  );
  return weight;
}

function rejectNormal_(weight: Tensor, mean: number, std: number, a: number, b: number): void {
  const low = weight.newFull([], a, { device: "cpu" }).item() as number; // a as the dtype can hold it
  const high = weight.newFull([], b, { device: "cpu" }).item() as number;
  let result = weight.normal_(mean, std);
  for (;;) {
    const outside = result.lt(low).logicalOr(result.gt(high));
    if (!outside.any().item()) break;
    result = where(outside, emptyLike(result).normal_(mean, std), result);
  }
  if (result !== weight) weight.copy_(result);
}

/** Proposes from U(a, b) and accepts in proportion to the density: better where little of the bell lies in [a, b]. */
function rejectUniform_(weight: Tensor, mean: number, std: number, a: number, b: number): void {
  const mode = Math.max(a, Math.min(mean, b));
  const logPeak = -0.5 * ((mode - mean) / std) ** 2;
  const chance = emptyLike(weight);
  const logDensity = (x: Tensor) => x.clone().sub_(mean).div_(std).pow_(2).mul_(-0.5).sub_(logPeak);
  let result: Tensor = weight.uniform_(a, b);
  let pending = chance.uniform_().log_().gt(logDensity(result));
  while (pending.any().item()) {
    const proposal = emptyLike(weight).uniform_(a, b);
    result = where(pending, proposal, result);
    pending = where(pending, chance.uniform_().log_().gt(logDensity(proposal)), pending);
  }
  if (result !== weight) weight.copy_(result);
}

/** Standard normal distribution function, to 1e-7. Source: Abramowitz and Stegun, 26.2.17. */
function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
  return z > 0 ? 1 - tail : tail;
}

/** Fills with one value. */
export function constant_<T extends Tensor>(weight: T, value: number): T {
  noGrad(() => weight.fill_(value));
  return weight;
}

/** Fills with ones. */
export function ones_<T extends Tensor>(weight: T): T {
  return constant_(weight, 1);
}

/** Fills with zeros. */
export function zeros_<T extends Tensor>(weight: T): T {
  return constant_(weight, 0);
}

/** Fills a matrix with the identity. Throws `ShapeError` on another rank. */
export function eye_<T extends Tensor>(weight: T): T {
  const [rows, columns] = matrixShape("nn.init.eye_", weight);
  noGrad(() => {
    weight.zero_();
    for (let i = 0; i < Math.min(rows, columns); i++) weight.setAt_([i, i], 1);
  });
  return weight;
}

/** U(-a, a) with a = gain * sqrt(6 / (fanIn + fanOut)). Source: Glorot and Bengio 2010, eq. 16. */
export function xavierUniform_<T extends Tensor>(weight: T, { gain = 1 }: { gain?: number } = {}): T {
  const bound = Math.sqrt(3) * xavierStd(weight, gain);
  return uniform_(weight, -bound, bound);
}

/** N(0, gain^2 * 2 / (fanIn + fanOut)). Source: Glorot and Bengio 2010, eq. 12. */
export function xavierNormal_<T extends Tensor>(weight: T, { gain = 1 }: { gain?: number } = {}): T {
  return normal_(weight, 0, xavierStd(weight, gain));
}

function xavierStd(weight: Tensor, gain: number): number {
  const [fanIn, fanOut] = calculateFanInAndFanOut(weight);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}

/** U(-b, b) with b = gain * sqrt(3 / fan). Source: He et al. 2015, eq. 10. */
export function kaimingUniform_<T extends Tensor>(weight: T, options: KaimingOptions = {}): T {
  if (weight.shape.includes(0)) return weight;
  const bound = Math.sqrt(3) * kaimingStd(weight, options);
  return uniform_(weight, -bound, bound);
}

/** N(0, gain^2 / fan). Source: He et al. 2015, eq. 10. */
export function kaimingNormal_<T extends Tensor>(weight: T, options: KaimingOptions = {}): T {
  if (weight.shape.includes(0)) return weight;
  return normal_(weight, 0, kaimingStd(weight, options));
}

function kaimingStd(weight: Tensor, { a = 0, mode = "fan_in", nonlinearity = "leaky_relu" }: KaimingOptions): number {
  if (mode !== "fan_in" && mode !== "fan_out") {
    throw new ValueError(`nn.init: expected mode "fan_in" or "fan_out", got "${mode}".`);
  }
  const [fanIn, fanOut] = calculateFanInAndFanOut(weight);
  return calculateGain(nonlinearity, a) / Math.sqrt(mode === "fan_in" ? fanIn : fanOut);
}

const qr = opFunction("aten::linalg_qr");

/** Fills with a (semi-)orthogonal matrix times `gain`; further dimensions are flattened into columns. */
export function orthogonal_<T extends Tensor>(weight: T, { gain = 1 }: { gain?: number } = {}): T {
  const rows = weight.shape[0];
  if (rows === undefined || weight.ndim < 2) {
    throw new ShapeError(
      `nn.init.orthogonal_: expected at least 2 dimensions, got shape [${weight.shape.join(", ")}].`,
    );
  }
  if (weight.numel() === 0) return weight;
  scope(() =>
    noGrad(() => {
      const columns = weight.numel() / rows;
      const random = empty([rows, columns], { dtype: weight.dtype, device: weight.device }).normal_(0, 1);
      const [q, r] = qr(rows < columns ? random.t() : random) as [Tensor, Tensor]; // the schema returns two
      const unique = q.mul(r.diag(0).sign()); // Q with positive diagonal of R is unique
      weight.copy_((rows < columns ? unique.t() : unique).reshape(weight.shape)).mul_(gain);
    }),
  );
  return weight;
}

/** N(0, std^2) with a share of zeros, `sparsity` (0..1), in each column of a matrix. Source: Martens 2010. */
export function sparse_<T extends Tensor>(weight: T, sparsity: number, { std = 0.01 }: { std?: number } = {}): T {
  const [rows, columns] = matrixShape("nn.init.sparse_", weight);
  const zeros = Math.ceil(sparsity * rows);
  scope(() =>
    noGrad(() => {
      weight.normal_(0, std);
      for (let column = 0; column < columns; column++) {
        weight.select(1, column).indexFill_(0, randperm(rows, { device: weight.device }).narrow(0, 0, zeros), 0);
      }
    }),
  );
  return weight;
}

/** Keeps as many inputs as possible unchanged: a convolution [out, in, ...kernel] that starts as the identity. */
export function dirac_<T extends Tensor>(weight: T, { groups = 1 }: { groups?: number } = {}): T {
  const [out, input, ...kernel] = weight.shape;
  if (out === undefined || input === undefined || kernel.length === 0 || kernel.length > 3) {
    throw new ShapeError(`nn.init.dirac_: expected 3 to 5 dimensions, got shape [${weight.shape.join(", ")}].`);
  }
  if (out % groups !== 0) {
    throw new ValueError(`nn.init.dirac_: expected groups to divide ${out} output channels, got ${groups}.`);
  }
  const perGroup = out / groups;
  noGrad(() => {
    weight.zero_();
    for (let group = 0; group < groups; group++) {
      for (let i = 0; i < Math.min(perGroup, input); i++) {
        weight.setAt_([group * perGroup + i, i, ...kernel.map((size) => Math.floor(size / 2))], 1);
      }
    }
  });
  return weight;
}

function matrixShape(where: string, weight: Tensor): [number, number] {
  const [rows, columns] = weight.shape;
  if (rows === undefined || columns === undefined || weight.ndim !== 2) {
    throw new ShapeError(`${where}: expected 2 dimensions, got shape [${weight.shape.join(", ")}].`);
  }
  return [rows, columns];
}
