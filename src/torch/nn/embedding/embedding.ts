/** Rows looked up by number. */
import { noGrad } from "../../autograd.js";
import type { Tensor } from "../../tensor.js";
import { declareSingleOp } from "../callable.js";
import { type PackedConstants, PreparedOp, packConstants } from "../prepared-op.js";
import { pythonFloat } from "../python-text.js";
import { type EmbeddingOptions, EmbeddingTable, type FromPretrainedOptions, tableOf } from "./table.js";

const embeddingOp = new PreparedOp("embedding");

/** A table of vectors. Shapes: int64 or int32 indices [*] -> [*, embeddingDim]. Starts normal(0, 1). */
export class Embedding extends EmbeddingTable<[Tensor]> {
  private readonly constants: PackedConstants;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingOptions = {}) {
    super(numEmbeddings, embeddingDim, options, []);
    this.constants = packConstants(this.paddingIdx ?? -1, this.scaleGradByFreq, this.sparse);
  }

  /** A module around a table [numEmbeddings, embeddingDim], frozen unless `freeze: false`. */
  static fromPretrained(table: Tensor, options: FromPretrainedOptions<EmbeddingOptions> = {}): Embedding {
    return tableOf(Embedding, table, options);
  }

  forward(x: Tensor): Tensor {
    const { maxNorm, weight } = this; // read first: a parametrized one makes calls of its own
    if (maxNorm !== null) noGrad(() => weight.embeddingRenorm_(x.contiguous(), maxNorm, this.normType));
    embeddingOp.begin(5);
    embeddingOp.tensor(weight);
    embeddingOp.tensor(x);
    embeddingOp.constants(this.constants);
    return embeddingOp.run(weight, x);
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
