/** Rows looked up by number. */

import { noGrad } from "../../autograd.js";
import { checkOptions, ShapeError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { declareSingleOp } from "../callable.js";
import { emptyParameter, type FactoryOptions, factoryKeys } from "../factory.js";
import { paddingRow } from "../functional/embedding.js";
import { normal_ } from "../init.js";
import { Module } from "../module.js";
import { Parameter } from "../parameter.js";
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

/** The option keys of `Embedding`. */
export const embeddingKeys = ["paddingIdx", "maxNorm", "normType", "scaleGradByFreq", "sparse", ...factoryKeys];

const embeddingOp = new PreparedOp("embedding");

/** A table of vectors. Shapes: int64 or int32 indices [*] -> [*, embeddingDim]. Starts normal(0, 1). */
export class Embedding extends Module<[Tensor], Tensor> {
  weight: Parameter;
  readonly paddingIdx: number | null;
  readonly maxNorm: number | null;
  readonly normType: number;
  readonly scaleGradByFreq: boolean;
  readonly sparse: boolean;
  private readonly constants: PackedConstants;

  constructor(
    readonly numEmbeddings: number,
    readonly embeddingDim: number,
    options: EmbeddingOptions = {},
  ) {
    super();
    checkOptions("Embedding", options, embeddingKeys);
    const { paddingIdx = null, maxNorm = null, normType = 2, scaleGradByFreq = false, sparse = false } = options;
    this.paddingIdx = paddingRow("Embedding", paddingIdx, numEmbeddings);
    this.maxNorm = maxNorm;
    this.normType = normType;
    this.scaleGradByFreq = scaleGradByFreq;
    this.sparse = sparse;
    this.constants = packConstants(this.paddingIdx ?? -1, scaleGradByFreq, sparse);
    this.weight = emptyParameter([numEmbeddings, embeddingDim], options);
    this.resetParameters();
  }

  /** A module around a table [numEmbeddings, embeddingDim], frozen unless `freeze: false`. */
  static fromPretrained(table: Tensor, options: FromPretrainedOptions<EmbeddingOptions> = {}): Embedding {
    return tableOf(Embedding, table, options);
  }

  /** Draws new starting values. */
  resetParameters(): void {
    resetTable(this.weight, this.paddingIdx);
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

/** Options of `fromPretrained`: those of the layer, and whether the table is trained. */
export type FromPretrainedOptions<Options> = Omit<Options, "device" | "dtype"> & {
  /** Whether the table gets no gradients. Default true. */
  freeze?: boolean;
};

/** Draws normal values, with zeros in the row of the padding. */
export function resetTable(weight: Parameter, paddingIdx: number | null): void {
  normal_(weight);
  if (paddingIdx !== null) noGrad(() => weight.setAt_(paddingIdx, 0));
}

/** A layer around a table. Throws `ShapeError` when it has not two dimensions. */
export function tableOf<Options, Table extends { weight: Parameter }>(
  cls: new (rows: number, size: number, options: Options) => Table,
  table: Tensor,
  { freeze = true, ...options }: FromPretrainedOptions<Options>,
): Table {
  const [rows, size] = table.shape;
  if (rows === undefined || size === undefined || table.ndim !== 2) {
    throw new ShapeError(`${cls.name}.fromPretrained: expected a table [rows, size], got [${table.shape.join(", ")}].`);
  }
  const made = new cls(rows, size, options as unknown as Options); // what is left has the options of the layer
  made.weight = new Parameter(table, { requiresGrad: !freeze });
  return made;
}
