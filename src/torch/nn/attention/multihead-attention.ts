/** Attention in several heads. */
import { checkTensor } from "../../checks.js";
import { checkOptions, ValueError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { emptyParameter, type FactoryOptions, factoryKeys } from "../factory.js";
import { type AttentionOptions, multiHeadAttentionForward } from "../functional/attention.js";
import { xavierNormal_, xavierUniform_, zeros_ } from "../init.js";
import { Linear } from "../linear.js";
import { Module } from "../module.js";
import type { Parameter } from "../parameter.js";

/** Options of `MultiheadAttention`. */
export interface MultiheadAttentionOptions extends FactoryOptions {
  /** Share of attention weights set to zero while training. Default 0. */
  dropout?: number;
  /** Whether the projections have biases. Default true. */
  bias?: boolean;
  /** Whether to learn a further key and value. Default false. */
  addBiasKv?: boolean;
  /** Whether to add a key and a value of zeros. Default false. */
  addZeroAttn?: boolean;
  /** Size of the keys. Default: embedDim. */
  kdim?: number | null;
  /** Size of the values. Default: embedDim. */
  vdim?: number | null;
  /** Whether inputs are [N, T, E] instead of [T, N, E]. Default false. */
  batchFirst?: boolean;
}

const keys = ["dropout", "bias", "addBiasKv", "addZeroAttn", "kdim", "vdim", "batchFirst", ...factoryKeys];

/**
 * Attention of queries to keys and values in `numHeads` parts of the channels: `attend(q, k, v, options?)` ->
 * `[output, weights]`. Shapes: query [T, N, embedDim] or [T, embedDim], key [S, N, kdim], value [S, N, vdim] ([N, T, *] with
 * `batchFirst`); weights [N, T, S] or null. Source: Vaswani et al. 2017.
 */
export class MultiheadAttention extends Module<
  [query: Tensor, key: Tensor, value: Tensor, options?: AttentionOptions],
  [output: Tensor, weights: Tensor | null]
> {
  q_proj_weight: Parameter | null = null;
  k_proj_weight: Parameter | null = null;
  v_proj_weight: Parameter | null = null;
  in_proj_weight: Parameter | null = null;
  in_proj_bias: Parameter | null;
  bias_k: Parameter | null;
  bias_v: Parameter | null;
  out_proj: Linear;
  readonly dropout: number;
  readonly kdim: number;
  readonly vdim: number;
  readonly addZeroAttn: boolean;
  readonly batchFirst: boolean;

  constructor(
    readonly embedDim: number,
    readonly numHeads: number,
    options: MultiheadAttentionOptions = {},
  ) {
    super();
    checkOptions("MultiheadAttention", options, keys);
    if (embedDim <= 0 || numHeads <= 0 || embedDim % numHeads !== 0) {
      throw new ValueError(`MultiheadAttention: expected heads that divide ${embedDim} channels, got ${numHeads}.`);
    }
    const { dropout = 0, bias = true, addBiasKv = false, addZeroAttn = false, batchFirst = false } = options;
    this.dropout = dropout;
    this.kdim = options.kdim ?? embedDim;
    this.vdim = options.vdim ?? embedDim;
    this.addZeroAttn = addZeroAttn;
    this.batchFirst = batchFirst;
    if (this.kdim === embedDim && this.vdim === embedDim) {
      this.in_proj_weight = emptyParameter([3 * embedDim, embedDim], options);
    } else {
      this.q_proj_weight = emptyParameter([embedDim, embedDim], options);
      this.k_proj_weight = emptyParameter([embedDim, this.kdim], options);
      this.v_proj_weight = emptyParameter([embedDim, this.vdim], options);
    }
    this.in_proj_bias = bias ? emptyParameter([3 * embedDim], options) : null;
    const { device, dtype } = options;
    this.out_proj = new Linear(embedDim, embedDim, { bias, device, dtype });
    this.bias_k = addBiasKv ? emptyParameter([1, 1, embedDim], options) : null;
    this.bias_v = addBiasKv ? emptyParameter([1, 1, embedDim], options) : null;
    this.resetParameters();
  }

  /** Draws new starting values of the projections of query, key and value. */
  resetParameters(): void {
    const projections = [this.in_proj_weight, this.q_proj_weight, this.k_proj_weight, this.v_proj_weight];
    for (const weight of projections) if (weight) xavierUniform_(weight);
    for (const bias of [this.in_proj_bias, this.out_proj.bias]) if (bias) zeros_(bias);
    for (const bias of [this.bias_k, this.bias_v]) if (bias) xavierNormal_(bias);
  }

  /** Whether the projections have biases. */
  get bias(): boolean {
    return this.in_proj_bias !== null;
  }

  /** Whether a further key and value are learned. */
  get addBiasKv(): boolean {
    return this.bias_k !== null;
  }

  private projections(): [Tensor, Tensor, Tensor] {
    const { in_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight } = this;
    const weights = in_proj_weight ? in_proj_weight.chunk(3) : [q_proj_weight, k_proj_weight, v_proj_weight];
    return weights as [Tensor, Tensor, Tensor]; // the constructor makes all three or the one
  }

  forward(query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions = {}): [Tensor, Tensor | null] {
    for (const x of [query, key, value]) checkTensor("MultiheadAttention.forward", x);
    const turned = this.batchFirst && query.ndim === 3;
    const turn = (x: Tensor) => (turned ? x.transpose(0, 1) : x);
    const weights = {
      numHeads: this.numHeads,
      projections: this.projections(),
      inProjBias: this.in_proj_bias,
      biasK: this.bias_k,
      biasV: this.bias_v,
      addZeroAttn: this.addZeroAttn,
      dropoutP: this.training ? this.dropout : 0,
      outProjWeight: this.out_proj.weight,
      outProjBias: this.out_proj.bias,
    };
    const [out, seen] = multiHeadAttentionForward(turn(query), turn(key), turn(value), weights, options);
    return [turn(out), seen];
  }
}
