/** fastai's layers: what models are built from, above PyTorch's modules. */
import "./module-specs.js";

export { Mish, mish, Swish, sigmoid, sigmoid_, swish, vleakyRelu } from "./activations.js";
export { ConvLayer, type ConvLayerOptions } from "./conv-layer.js";
export { Embedding, embedColumns, embeddingDot } from "./embedding.js";
export {
  applyInit,
  applyLeaf,
  condInit,
  type InitFunc,
  type InitLinearOptions,
  initDefault,
  initLinear,
  type LinearInit,
  truncNormal_,
} from "./init.js";
export { childrenAndParameters, flattenModel, hasChildren, inChannels } from "./inspect.js";
export type { ActCls, Layer, Ndim } from "./layer.js";
export { LinBnDrop, type LinBnDropOptions } from "./lin-bn-drop.js";
export { BaseLoss, type BaseLossOptions, type LossKernel, type Reduction } from "./losses/base-loss.js";
export { BCEWithLogitsLossFlat, type BCEWithLogitsLossFlatOptions } from "./losses/binary.js";
export type { ClassWeight } from "./losses/class-weight.js";
export { CombinedLoss, type CombinedLossOptions, type LossPart } from "./losses/combined.js";
export { CrossEntropyLossFlat, type CrossEntropyLossFlatOptions } from "./losses/cross-entropy.js";
export { DiceLoss, type DiceLossOptions } from "./losses/dice.js";
export {
  FocalLoss,
  FocalLossFlat,
  type FocalLossFlatOptions,
  type FocalLossOptions,
  focalLoss,
} from "./losses/focal.js";
export {
  LabelSmoothingCrossEntropy,
  LabelSmoothingCrossEntropyFlat,
  type LabelSmoothingFlatOptions,
  type LabelSmoothingOptions,
  labelSmoothingCrossEntropy,
} from "./losses/label-smoothing.js";
export { BCELossFlat, type ElementLossOptions, L1LossFlat, MSELossFlat } from "./losses/regression.js";
export { BatchNorm, BatchNorm1dFlat, InstanceNorm, type NormOptions, NormType } from "./norm.js";
export { isNorm, normBiasParams, normTypes, params, requiresGrad, trainableParams } from "./params.js";
export { icnrInit, PixelShuffle_ICNR, type PixelShuffleICNROptions } from "./pixel-shuffle.js";
export {
  AdaptiveAvgPool,
  AdaptiveConcatPool1d,
  AdaptiveConcatPool2d,
  AvgPool,
  adaptivePool,
  MaxPool,
  PoolFlatten,
  type PoolOptions,
  type PoolType,
} from "./pooling.js";
export {
  type BlockFactory,
  ResBlock,
  type ResBlockOptions,
  resBlock,
  SEBlock,
  SEResNeXtBlock,
  SeparableBlock,
} from "./res-block.js";
export { SEModule, type SEModuleOptions } from "./se-module.js";
export {
  PooledSelfAttention2d,
  SelfAttention,
  SimpleSelfAttention,
  type SimpleSelfAttentionOptions,
} from "./self-attention.js";
export { MergeLayer, MergingLayer, ProdLayer, SequentialEx } from "./sequential-ex.js";
export { SimpleCNN, type SimpleCNNOptions } from "./simple-cnn.js";
export { spectralNorm } from "./spectral-norm.js";
export { TimeDistributed, type TimeDistributedOptions } from "./time-distributed.js";
export { weightNorm } from "./weight-norm.js";
export {
  Cat,
  Debugger,
  Flatten,
  Lambda,
  ParameterModule,
  ResizeBatch,
  SigmoidRange,
  sequential,
  sigmoidRange,
  View,
} from "./wrappers.js";
