/** Sums, means or maxima of rows looked up by number. */
import type { Tensor } from "../../tensor.js";
import { type BagMode, bagModeCode, embeddingBag } from "../functional/embedding.js";
import { pythonFloat, pythonText } from "../python-text.js";
import { type EmbeddingOptions, EmbeddingTable, type FromPretrainedOptions, tableOf } from "./table.js";

/** Options of `EmbeddingBag`. */
export interface EmbeddingBagOptions extends EmbeddingOptions {
  /** How the rows of a bag are combined. Default "mean". */
  mode?: BagMode;
  /** Whether the last offset is the end of the last bag. Default false. */
  includeLastOffset?: boolean;
}

type Bags = [indices: Tensor, offsets?: Tensor | null, perSampleWeights?: Tensor | null];

/**
 * A table of vectors that are combined by bags: `bag(indices, offsets?, perSampleWeights?)`.
 * Shapes: indices [N, L], or [M] with offsets [N] -> [N, embeddingDim]. Starts normal(0, 1).
 */
export class EmbeddingBag extends EmbeddingTable<Bags> {
  readonly mode: BagMode;
  readonly includeLastOffset: boolean;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingBagOptions = {}) {
    super(numEmbeddings, embeddingDim, options, ["mode", "includeLastOffset"]);
    this.mode = options.mode ?? "mean";
    bagModeCode("EmbeddingBag", this.mode);
    this.includeLastOffset = options.includeLastOffset ?? false;
  }

  /** A module around a table [numEmbeddings, embeddingDim], frozen unless `freeze: false`. */
  static fromPretrained(table: Tensor, options: FromPretrainedOptions<EmbeddingBagOptions> = {}): EmbeddingBag {
    return tableOf(EmbeddingBag, table, options);
  }

  forward(indices: Tensor, offsets: Tensor | null = null, perSampleWeights: Tensor | null = null): Tensor {
    const { paddingIdx, maxNorm, normType, scaleGradByFreq, sparse, mode, includeLastOffset } = this;
    const settings = { paddingIdx, maxNorm, normType, scaleGradByFreq, sparse, mode, includeLastOffset };
    return embeddingBag(indices, this.weight, { ...settings, offsets, perSampleWeights });
  }

  override extraRepr(): string {
    const parts = [`${this.numEmbeddings}, ${this.embeddingDim}`];
    if (this.maxNorm !== null) parts.push(`max_norm=${pythonFloat(this.maxNorm)}`);
    if (this.normType !== 2) parts.push(`norm_type=${pythonFloat(this.normType)}`);
    if (this.scaleGradByFreq) parts.push("scale_grad_by_freq=True");
    parts.push(`mode=${pythonText(this.mode)}`);
    if (this.paddingIdx !== null) parts.push(`padding_idx=${this.paddingIdx}`);
    return parts.join(", ");
  }
}
