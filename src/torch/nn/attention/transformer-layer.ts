/** The layers of a transformer. */
import { checkTensor } from "../../checks.js";
import { checkOptions, OptionError } from "../../errors.js";
import { gelu, relu } from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";
import { Dropout } from "../dropout.js";
import { type FactoryOptions, factoryKeys } from "../factory.js";
import { Linear } from "../linear.js";
import { Module } from "../module.js";
import { LayerNorm } from "../normalization/norm.js";
import { MultiheadAttention } from "./multihead-attention.js";

/** The nonlinearity between the two linear maps of a layer. */
export type TransformerActivation = "relu" | "gelu" | ((x: Tensor) => Tensor);

/** Options of the transformer layers. */
export interface TransformerLayerOptions extends FactoryOptions {
  /** Hidden size of the linear maps. Default 2048. */
  dimFeedforward?: number;
  /** Share of zeros while training. Default 0.1. */
  dropout?: number;
  /** Default "relu". */
  activation?: TransformerActivation;
  /** Added to the variance in the norms. Default 1e-5. */
  layerNormEps?: number;
  /** Whether inputs are [N, T, E] instead of [T, N, E]. Default false. */
  batchFirst?: boolean;
  /** Whether the norms come before attention and linear maps instead of after. Default false. */
  normFirst?: boolean;
  /** Whether linear maps and norms have biases. Default true. */
  bias?: boolean;
}

/** The option keys of the transformer layers. */
export const transformerLayerKeys = [
  "dimFeedforward",
  "dropout",
  "activation",
  "layerNormEps",
  "batchFirst",
  "normFirst",
  "bias",
  ...factoryKeys,
];

const activations = { relu: (x: Tensor) => relu(x), gelu: (x: Tensor) => gelu(x) };

/** What may be seen by whom in one attention. */
interface Sight {
  attnMask?: Tensor | null;
  keyPaddingMask?: Tensor | null;
  isCausal?: boolean;
}

/** What the encoder's and the decoder's layer share. */
export abstract class TransformerLayer<Args extends unknown[]> extends Module<Args, Tensor> {
  readonly dimFeedforward: number;
  readonly activation: TransformerActivation;
  readonly layerNormEps: number;
  readonly batchFirst: boolean;
  readonly normFirst: boolean;
  readonly bias: boolean;
  /** Share of zeros while training. */
  readonly p: number;
  private readonly factory: FactoryOptions;

  constructor(
    readonly dModel: number,
    readonly nhead: number,
    options: TransformerLayerOptions,
  ) {
    super();
    const where = new.target.name;
    checkOptions(where, options, transformerLayerKeys);
    const { activation = "relu", device, dtype } = options;
    if (typeof activation !== "function" && !(activation in activations)) {
      throw new OptionError(`${where}: expected activation "relu", "gelu" or a function, got "${activation}".`);
    }
    this.dimFeedforward = options.dimFeedforward ?? 2048;
    this.p = options.dropout ?? 0.1;
    this.activation = activation;
    this.layerNormEps = options.layerNormEps ?? 1e-5;
    this.batchFirst = options.batchFirst ?? false;
    this.normFirst = options.normFirst ?? false;
    this.bias = options.bias ?? true;
    this.factory = { device, dtype };
  }

  protected attention(): MultiheadAttention {
    const { p: dropout, batchFirst, bias, factory } = this;
    return new MultiheadAttention(this.dModel, this.nhead, { dropout, batchFirst, bias, ...factory });
  }

  protected dense(from: number, to: number): Linear {
    return new Linear(from, to, { bias: this.bias, ...this.factory });
  }

  protected norm(): LayerNorm {
    return new LayerNorm(this.dModel, { eps: this.layerNormEps, bias: this.bias, ...this.factory });
  }

  protected drop(): Dropout {
    return new Dropout(this.p);
  }

  protected activate(x: Tensor): Tensor {
    return (typeof this.activation === "function" ? this.activation : activations[this.activation])(x);
  }

  /** x plus what `block` makes of it, normalised before or after. */
  protected residual(x: Tensor, norm: LayerNorm, block: (x: Tensor) => Tensor): Tensor {
    checkTensor(`${this.constructor.name}.forward`, x);
    return this.normFirst ? x.add(block(norm(x))) : norm(x.add(block(x)));
  }
}

function attend(module: MultiheadAttention, x: Tensor, source: Tensor, sight: Sight): Tensor {
  return module(x, source, source, { ...sight, needWeights: false })[0];
}

/** What an encoder's layer sees. */
export interface EncoderLayerMasks {
  /** Pairs of places that do not count, see `MultiheadAttention`. Default none. */
  srcMask?: Tensor | null;
  /** Places that do not count. Default none. */
  srcKeyPaddingMask?: Tensor | null;
  /** Whether each place sees only those before it. Default false. */
  isCausal?: boolean;
}

/** Self-attention and two linear maps: `layer(src, masks?)`. Shapes: src [T, N, dModel], kept. */
export class TransformerEncoderLayer extends TransformerLayer<[src: Tensor, masks?: EncoderLayerMasks]> {
  self_attn = this.attention();
  linear1 = this.dense(this.dModel, this.dimFeedforward);
  dropout = this.drop();
  linear2 = this.dense(this.dimFeedforward, this.dModel);
  norm1 = this.norm();
  norm2 = this.norm();
  dropout1 = this.drop();
  dropout2 = this.drop();

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super(dModel, nhead, options);
  }

  forward(src: Tensor, masks: EncoderLayerMasks = {}): Tensor {
    checkOptions("TransformerEncoderLayer.forward", masks, ["srcMask", "srcKeyPaddingMask", "isCausal"]);
    const { srcMask: attnMask, srcKeyPaddingMask: keyPaddingMask, isCausal } = masks;
    const x = this.residual(src, this.norm1, (y) =>
      this.dropout1(attend(this.self_attn, y, y, { attnMask, keyPaddingMask, isCausal })),
    );
    return this.residual(x, this.norm2, (y) =>
      this.dropout2(this.linear2(this.dropout(this.activate(this.linear1(y))))),
    );
  }
}

/** What a decoder (or its layer) sees. */
export interface DecoderMasks {
  /** Pairs of places of the target that do not count. Default none. */
  tgtMask?: Tensor | null;
  /** Pairs of target and memory that do not count. Default none. */
  memoryMask?: Tensor | null;
  /** Places of the target that do not count. Default none. */
  tgtKeyPaddingMask?: Tensor | null;
  /** Places of the memory that do not count. Default none. */
  memoryKeyPaddingMask?: Tensor | null;
  /** Whether each place of the target sees only those before it. Default false. */
  tgtIsCausal?: boolean;
  /** The same for the memory. Default false. */
  memoryIsCausal?: boolean;
}

/** The option keys of `DecoderMasks`. */
export const decoderMaskKeys = [
  "tgtMask",
  "memoryMask",
  "tgtKeyPaddingMask",
  "memoryKeyPaddingMask",
  "tgtIsCausal",
  "memoryIsCausal",
] as const;

/**
 * Self-attention, attention to the encoder's output, and two linear maps: `layer(tgt, memory, masks?)`.
 * Shapes: tgt [T, N, dModel], memory [S, N, dModel] -> [T, N, dModel].
 */
export class TransformerDecoderLayer extends TransformerLayer<[tgt: Tensor, memory: Tensor, masks?: DecoderMasks]> {
  self_attn = this.attention();
  multihead_attn = this.attention();
  linear1 = this.dense(this.dModel, this.dimFeedforward);
  dropout = this.drop();
  linear2 = this.dense(this.dimFeedforward, this.dModel);
  norm1 = this.norm();
  norm2 = this.norm();
  norm3 = this.norm();
  dropout1 = this.drop();
  dropout2 = this.drop();
  dropout3 = this.drop();

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super(dModel, nhead, options);
  }

  forward(tgt: Tensor, memory: Tensor, masks: DecoderMasks = {}): Tensor {
    checkOptions("TransformerDecoderLayer.forward", masks, decoderMaskKeys);
    const own = { attnMask: masks.tgtMask, keyPaddingMask: masks.tgtKeyPaddingMask, isCausal: masks.tgtIsCausal };
    const other = {
      attnMask: masks.memoryMask,
      keyPaddingMask: masks.memoryKeyPaddingMask,
      isCausal: masks.memoryIsCausal,
    };
    let x = this.residual(tgt, this.norm1, (y) => this.dropout1(attend(this.self_attn, y, y, own)));
    x = this.residual(x, this.norm2, (y) => this.dropout2(attend(this.multihead_attn, y, memory, other)));
    return this.residual(x, this.norm3, (y) =>
      this.dropout3(this.linear2(this.dropout(this.activate(this.linear1(y))))),
    );
  }
}
