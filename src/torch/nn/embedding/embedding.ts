/** Rows looked up by number. */

import { noGrad } from "../../autograd.js";
import { checkOptions, ValueError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { declareSingleOp } from "../callable.js";
import { emptyParameter, type FactoryOptions, factoryKeys } from "../factory.js";
import { normal_ } from "../init.js";
import { Module } from "../module.js";
import type { Parameter } from "../parameter.js";
import { type PackedConstants, PreparedOp, packConstants } from "../prepared-op.js";
import { pythonFloat } from "../python-text.js";

/** Options of `Embedding`. */
export interface EmbeddingOptions extends FactoryOptions {
  /** A row that starts at zero and gets no gradient; negative counts from the end. Default none. */
  paddingIdx?: number | null;
  /** Rows longer than this are shortened when looked up. Default none. */
  maxNorm?: number | null;
  /** Which norm `maxNorm` means. Default 2. */
  normType?: number;
  /** Whether gradients are divided by how often a row occurs in the batch. Default false. */
  scaleGradByFreq?: boolean;
  /** Whether the gradient is a sparse tensor. Default false. */
  sparse?: boolean;
}

const keys = ["paddingIdx", "maxNorm", "normType", "scaleGradByFreq", "sparse", ...factoryKeys];

const embeddingOp = new PreparedOp("embedding");

/** A table of vectors. Shapes: int64 or int32 indices [*] -> [*, embeddingDim]. Starts normal(0, 1). */
export class Embedding extends Module<[Tensor], Tensor> {
  weight: Parameter;
  readonly paddingIdx: number | null;
  readonly maxNorm: number | null;
  readonly normType: number;
  readonly scaleGradByFreq: boolean;
  readonly sparse: boolean;
  readonly #constants: PackedConstants;

  constructor(
    readonly numEmbeddings: number,
    readonly embeddingDim: number,
    options: EmbeddingOptions = {},
  ) {
    super();
    checkOptions("Embedding", options, keys);
    const { paddingIdx = null, maxNorm = null, normType = 2, scaleGradByFreq = false, sparse = false } = options;
    if (paddingIdx !== null && (paddingIdx >= numEmbeddings || paddingIdx < -numEmbeddings)) {
      throw new ValueError(`Embedding: expected a paddingIdx among ${numEmbeddings} rows, got ${paddingIdx}.`);
    }
    this.paddingIdx = paddingIdx !== null && paddingIdx < 0 ? numEmbeddings + paddingIdx : paddingIdx;
    this.maxNorm = maxNorm;
    this.normType = normType;
    this.scaleGradByFreq = scaleGradByFreq;
    this.sparse = sparse;
    this.#constants = packConstants(this.paddingIdx ?? -1, scaleGradByFreq, sparse);
    this.weight = emptyParameter([numEmbeddings, embeddingDim], options);
    this.resetParameters();
  }

  /** Draws new starting values. */
  resetParameters(): void {
    normal_(this.weight);
    const { paddingIdx } = this;
    if (paddingIdx !== null) noGrad(() => this.weight.setAt_(paddingIdx, 0));
  }

  forward(x: Tensor): Tensor {
    const { maxNorm } = this;
    if (maxNorm !== null) noGrad(() => this.weight.embeddingRenorm_(x, maxNorm, this.normType));
    embeddingOp.begin(5);
    embeddingOp.tensor(this.weight);
    embeddingOp.tensor(x);
    embeddingOp.constants(this.#constants);
    return embeddingOp.run(this.weight, x);
  }

  override extraRepr(): string {
    const parts = [`${this.numEmbeddings}, ${this.embeddingDim}`];
    if (this.paddingIdx !== null) parts.push(`padding_idx=${this.paddingIdx}`);
    if (this.maxNorm !== null) parts.push(`max_norm=${pythonFloat(this.maxNorm)}`);
    if (this.normType !== 2) parts.push(`norm_type=${pythonFloat(this.normType)}`);
    if (this.scaleGradByFreq) parts.push("scale_grad_by_freq=True");
    if (this.sparse) parts.push("sparse=True");
    return parts.join(", ");
  }
}

declareSingleOp(Embedding);
