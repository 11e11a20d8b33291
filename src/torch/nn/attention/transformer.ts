/** Encoder, decoder and both. */
import { checkTensor } from "../../checks.js";
import { full } from "../../creation.js";
import { checkOptions, ShapeError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { ModuleList } from "../containers/module-list.js";
import type { FactoryOptions } from "../factory.js";
import { xavierUniform_ } from "../init.js";
import { Module } from "../module.js";
import { LayerNorm } from "../normalization/norm.js";
import {
  type DecoderMasks,
  decoderMaskKeys,
  type EncoderLayerMasks,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
  transformerLayerKeys,
} from "./transformer-layer.js";

/** Options of `TransformerEncoder` and `TransformerDecoder`. */
export interface TransformerStackOptions {
  /** Applied to the result. Default none. */
  norm?: Module<[Tensor], Tensor> | null;
}

function copies<L extends Module<never[], Tensor>>(layer: L, count: number): ModuleList<L> {
  return new ModuleList(Array.from({ length: count }, () => layer.deepCopy()));
}

/** What an encoder sees. */
export interface EncoderMasks extends Omit<EncoderLayerMasks, "srcMask"> {
  /** Pairs of places that do not count. Default none. */
  mask?: Tensor | null;
}

/** Copies of a layer one after the other: `encoder(src, masks?)`. Shapes: src [T, N, E], kept. */
export class TransformerEncoder extends Module<[src: Tensor, masks?: EncoderMasks], Tensor> {
  layers: ModuleList<TransformerEncoderLayer>;
  norm: Module<[Tensor], Tensor> | null;

  constructor(layer: TransformerEncoderLayer, numLayers: number, options: TransformerStackOptions = {}) {
    super();
    checkOptions("TransformerEncoder", options, ["norm"]);
    this.layers = copies(layer, numLayers);
    this.norm = options.norm ?? null;
  }

  forward(src: Tensor, masks: EncoderMasks = {}): Tensor {
    checkOptions("TransformerEncoder.forward", masks, ["mask", "srcKeyPaddingMask", "isCausal"]);
    const { mask: srcMask, ...others } = masks;
    let x = src;
    for (const layer of this.layers) x = layer(x, { srcMask, ...others });
    return this.norm ? this.norm(x) : x;
  }
}

/** Copies of a layer one after the other: `decoder(tgt, memory, masks?)`. Shapes: tgt [T, N, E], kept; memory [S, N, E]. */
export class TransformerDecoder extends Module<[tgt: Tensor, memory: Tensor, masks?: DecoderMasks], Tensor> {
  layers: ModuleList<TransformerDecoderLayer>;
  norm: Module<[Tensor], Tensor> | null;

  constructor(layer: TransformerDecoderLayer, numLayers: number, options: TransformerStackOptions = {}) {
    super();
    checkOptions("TransformerDecoder", options, ["norm"]);
    this.layers = copies(layer, numLayers);
    this.norm = options.norm ?? null;
  }

  forward(tgt: Tensor, memory: Tensor, masks: DecoderMasks = {}): Tensor {
    let x = tgt;
    for (const layer of this.layers) x = layer(x, memory, masks);
    return this.norm ? this.norm(x) : x;
  }
}

/** Options of `Transformer`. */
export interface TransformerOptions extends TransformerLayerOptions {
  /** Channels. Default 512. */
  dModel?: number;
  /** Heads of each attention. Default 8. */
  nhead?: number;
  /** Default 6. */
  numEncoderLayers?: number;
  /** Default 6. */
  numDecoderLayers?: number;
  /** Takes the place of the encoder. Default none. */
  customEncoder?: Module<[src: Tensor, masks?: EncoderMasks], Tensor> | null;
  /** Takes the place of the decoder. Default none. */
  customDecoder?: Module<[tgt: Tensor, memory: Tensor, masks?: DecoderMasks], Tensor> | null;
}

/** What a transformer sees. */
export interface TransformerMasks extends DecoderMasks {
  /** Pairs of places of the source that do not count. Default none. */
  srcMask?: Tensor | null;
  /** Places of the source that do not count. Default none. */
  srcKeyPaddingMask?: Tensor | null;
  /** Whether each place of the source sees only those before it. Default false. */
  srcIsCausal?: boolean;
}

const ownKeys = ["dModel", "nhead", "numEncoderLayers", "numDecoderLayers", "customEncoder", "customDecoder"];

/**
 * An encoder of the source and a decoder of the target: `transformer(src, tgt, masks?)`.
 * Shapes: src [S, N, E], tgt [T, N, E] -> [T, N, E] ([N, S, E] with `batchFirst`). Source: Vaswani et al. 2017.
 */
export class Transformer extends Module<[src: Tensor, tgt: Tensor, masks?: TransformerMasks], Tensor> {
  encoder: Module<[src: Tensor, masks?: EncoderMasks], Tensor>;
  decoder: Module<[tgt: Tensor, memory: Tensor, masks?: DecoderMasks], Tensor>;
  readonly batchFirst: boolean;

  constructor(options: TransformerOptions = {}) {
    super();
    checkOptions("Transformer", options, [...ownKeys, ...transformerLayerKeys]);
    const { dModel = 512, nhead = 8, numEncoderLayers = 6, numDecoderLayers = 6 } = options;
    const { customEncoder, customDecoder } = options;
    const layer = Object.fromEntries(Object.entries(options).filter(([key]) => !ownKeys.includes(key)));
    const { layerNormEps = 1e-5, bias = true, device, dtype } = options;
    const norm = () => new LayerNorm(dModel, { eps: layerNormEps, bias, device, dtype });
    this.batchFirst = options.batchFirst ?? false;
    this.encoder =
      customEncoder ??
      new TransformerEncoder(new TransformerEncoderLayer(dModel, nhead, layer), numEncoderLayers, { norm: norm() });
    this.decoder =
      customDecoder ??
      new TransformerDecoder(new TransformerDecoderLayer(dModel, nhead, layer), numDecoderLayers, { norm: norm() });
    this.resetParameters();
  }

  /** Draws new starting values of all weights of two or more dimensions. */
  resetParameters(): void {
    for (const parameter of this.parameters()) if (parameter.ndim > 1) xavierUniform_(parameter);
  }

  forward(src: Tensor, tgt: Tensor, masks: TransformerMasks = {}): Tensor {
    checkOptions("Transformer.forward", masks, [...decoderMaskKeys, "srcMask", "srcKeyPaddingMask", "srcIsCausal"]);
    for (const x of [src, tgt]) checkTensor("Transformer.forward", x);
    const batchDim = this.batchFirst ? 0 : 1;
    if (src.ndim !== tgt.ndim || (src.ndim === 3 && src.shape[batchDim] !== tgt.shape[batchDim])) {
      throw new ShapeError(
        `Transformer.forward: expected as many items in source and target, got [${src.shape.join(", ")}] and ` +
          `[${tgt.shape.join(", ")}].`,
      );
    }
    const { srcMask: mask, srcKeyPaddingMask, srcIsCausal: isCausal, ...others } = masks;
    return this.decoder(tgt, this.encoder(src, { mask, srcKeyPaddingMask, isCausal }), others);
  }

  /** The mask under which each place sees itself and those before it: minus infinity above the diagonal. */
  static generateSquareSubsequentMask(size: number, { device, dtype }: FactoryOptions = {}): Tensor {
    return full([size, size], Number.NEGATIVE_INFINITY, { device, dtype: dtype ?? "float32" }).triu(1);
  }
}
