/** What the layers that look rows up share. */
import { noGrad } from "../../autograd.js";
import { checkOptions, ShapeError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { emptyParameter, type FactoryOptions, factoryKeys } from "../factory.js";
import { paddingRow } from "../functional/embedding.js";
import { normal_ } from "../init.js";
import { Module } from "../module.js";
import { Parameter } from "../parameter.js";

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

/** A table of vectors, one in each row. Starts normal(0, 1), with zeros in the row of the padding. */
export abstract class EmbeddingTable<Args extends unknown[]> extends Module<Args, Tensor> {
  weight: Parameter;
  readonly paddingIdx: number | null;
  readonly maxNorm: number | null;
  readonly normType: number;
  readonly scaleGradByFreq: boolean;
  readonly sparse: boolean;

  constructor(
    readonly numEmbeddings: number,
    readonly embeddingDim: number,
    options: EmbeddingOptions,
    ownKeys: readonly string[],
  ) {
    super();
    const where = new.target.name;
    checkOptions(where, options, [...keys, ...ownKeys]);
    this.paddingIdx = paddingRow(where, options.paddingIdx, numEmbeddings);
    this.maxNorm = options.maxNorm ?? null;
    this.normType = options.normType ?? 2;
    this.scaleGradByFreq = options.scaleGradByFreq ?? false;
    this.sparse = options.sparse ?? false;
    this.weight = emptyParameter([numEmbeddings, embeddingDim], options);
    this.resetParameters();
  }

  /** Draws new starting values. */
  resetParameters(): void {
    normal_(this.weight);
    const { paddingIdx } = this;
    if (paddingIdx !== null) noGrad(() => this.weight.setAt_(paddingIdx, 0));
  }
}

/** Options of `fromPretrained`: those of the layer, and whether the table is trained. */
export type FromPretrainedOptions<Options> = Omit<Options, "device" | "dtype"> & {
  /** Whether the table gets no gradients. Default true. */
  freeze?: boolean;
};

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
