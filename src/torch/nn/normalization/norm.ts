/** Normalisation inside each item. */
import { checkOptions, ValueError } from "../../errors.js";
import { rmsNorm } from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";
import { declareSingleOp } from "../callable.js";
import { type FactoryOptions, factoryKeys, fullParameter } from "../factory.js";
import { Module } from "../module.js";
import type { Parameter } from "../parameter.js";
import { type PackedConstants, PreparedOp, packConstants } from "../prepared-op.js";
import { pythonText } from "../python-text.js";

const layerNormOp = new PreparedOp("layer_norm");
const groupNormOp = new PreparedOp("group_norm");

interface Affine {
  weight: Parameter | null;
  bias: Parameter | null;
  eps: number;
}

function normalized(op: PreparedOp, x: Tensor, over: PackedConstants, { weight, bias, eps }: Affine): Tensor {
  op.begin(5);
  op.tensor(x);
  op.constants(over);
  op.tensor(weight);
  op.tensor(bias);
  op.float(eps);
  return op.run(x, weight, bias);
}

/** Options of `LayerNorm`. */
export interface LayerNormOptions extends FactoryOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Whether to learn a scale (and a shift). Default true. */
  elementwiseAffine?: boolean;
  /** Whether the learned part has a shift. Default true. */
  bias?: boolean;
}

/** Normalises over the last dimensions, of sizes `normalizedShape`. Shapes: x [*, ...normalizedShape], kept. */
export class LayerNorm extends Module<[Tensor], Tensor> {
  weight: Parameter | null;
  bias: Parameter | null;
  readonly normalizedShape: number[];
  readonly eps: number;
  private readonly packedShape: PackedConstants;

  constructor(normalizedShape: number | number[], options: LayerNormOptions = {}) {
    super();
    checkOptions("LayerNorm", options, ["eps", "elementwiseAffine", "bias", ...factoryKeys]);
    const { eps = 1e-5, elementwiseAffine = true, bias = true } = options;
    this.normalizedShape = typeof normalizedShape === "number" ? [normalizedShape] : [...normalizedShape];
    this.packedShape = packConstants(this.normalizedShape);
    this.eps = eps;
    this.weight = elementwiseAffine ? fullParameter(this.normalizedShape, 1, options) : null;
    this.bias = elementwiseAffine && bias ? fullParameter(this.normalizedShape, 0, options) : null;
  }

  forward(x: Tensor): Tensor {
    return normalized(layerNormOp, x, this.packedShape, this);
  }

  override extraRepr(): string {
    const affine = pythonText(this.weight !== null);
    const bias = pythonText(this.bias !== null);
    return `${pythonText(this.normalizedShape)}, eps=${pythonText(this.eps)}, elementwise_affine=${affine}, bias=${bias}`;
  }
}

/** Options of `RMSNorm`. */
export interface RMSNormOptions extends FactoryOptions {
  /** Added to the mean square; null: the smallest step of the dtype. Default null. */
  eps?: number | null;
  /** Whether to learn a scale. Default true. */
  elementwiseAffine?: boolean;
}

/** Divides by the root mean square over the last dimensions. Shapes: x [*, ...normalizedShape], kept. */
export class RMSNorm extends Module<[Tensor], Tensor> {
  weight: Parameter | null;
  readonly normalizedShape: number[];
  readonly eps: number | null;

  constructor(normalizedShape: number | number[], options: RMSNormOptions = {}) {
    super();
    checkOptions("RMSNorm", options, ["eps", "elementwiseAffine", ...factoryKeys]);
    this.normalizedShape = typeof normalizedShape === "number" ? [normalizedShape] : [...normalizedShape];
    this.eps = options.eps ?? null;
    this.weight = (options.elementwiseAffine ?? true) ? fullParameter(this.normalizedShape, 1, options) : null;
  }

  forward(x: Tensor): Tensor {
    return rmsNorm(x, this.normalizedShape, this.weight, this.eps);
  }

  override extraRepr(): string {
    const affine = pythonText(this.weight !== null);
    return `${pythonText(this.normalizedShape)}, eps=${pythonText(this.eps)}, elementwise_affine=${affine}`;
  }
}

/** Options of `GroupNorm`. */
export interface GroupNormOptions extends FactoryOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Whether to learn a scale and a shift. Default true. */
  affine?: boolean;
  /** Whether the learned part has a shift. Default true. */
  bias?: boolean;
}

/** Normalises groups of channels inside each item. Shapes: x [N, C, *], kept. */
export class GroupNorm extends Module<[Tensor], Tensor> {
  weight: Parameter | null;
  bias: Parameter | null;
  readonly eps: number;
  private readonly packedGroups: PackedConstants;

  constructor(
    readonly numGroups: number,
    readonly numChannels: number,
    options: GroupNormOptions = {},
  ) {
    super();
    checkOptions("GroupNorm", options, ["eps", "affine", "bias", ...factoryKeys]);
    if (numChannels % numGroups !== 0) {
      throw new ValueError(`GroupNorm: expected groups that divide ${numChannels} channels, got ${numGroups}.`);
    }
    const { eps = 1e-5, affine = true, bias = true } = options;
    this.packedGroups = packConstants(numGroups);
    this.eps = eps;
    this.weight = affine ? fullParameter([numChannels], 1, options) : null;
    this.bias = affine && bias ? fullParameter([numChannels], 0, options) : null;
  }

  forward(x: Tensor): Tensor {
    return normalized(groupNormOp, x, this.packedGroups, this);
  }

  override extraRepr(): string {
    const affine = pythonText(this.weight !== null);
    const bias = pythonText(this.bias !== null);
    return `${this.numGroups}, ${this.numChannels}, eps=${pythonText(this.eps)}, affine=${affine}, bias=${bias}`;
  }
}

declareSingleOp(LayerNorm, RMSNorm, GroupNorm);
