/** Neural network modules: `nn`. */

export {
  CELU,
  ELU,
  Hardshrink,
  Hardtanh,
  type HardtanhOptions,
  LeakyReLU,
  PReLU,
  type PReLUOptions,
  RReLU,
  type RReLUOptions,
  Softplus,
  type SoftplusOptions,
  Softshrink,
  Threshold,
} from "./activations/shaped.js";
export {
  GELU,
  type GELUOptions,
  Hardsigmoid,
  Hardswish,
  type InplaceOptions,
  LogSigmoid,
  Mish,
  ReLU,
  ReLU6,
  SELU,
  Sigmoid,
  SiLU,
  Softsign,
  Tanh,
  Tanhshrink,
} from "./activations/simple.js";
export { GLU, type GLUOptions, LogSoftmax, Softmax, Softmax2d, Softmin } from "./activations/softmax.js";
export {
  MultiheadAttention,
  type MultiheadAttentionOptions,
} from "./attention/multihead-attention.js";
export {
  type EncoderMasks,
  Transformer,
  TransformerDecoder,
  TransformerEncoder,
  type TransformerMasks,
  type TransformerOptions,
  type TransformerStackOptions,
} from "./attention/transformer.js";
export {
  type DecoderMasks,
  type EncoderLayerMasks,
  type TransformerActivation,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from "./attention/transformer-layer.js";
export { ModuleDict, ModuleList } from "./containers/module-list.js";
export { ParameterDict, ParameterList } from "./containers/parameter-list.js";
export { Sequential } from "./containers/sequential.js";
export type { ConvertOptions } from "./convert.js";
export { Conv1d, Conv2d, Conv3d, type ConvOptions, type PaddingMode } from "./convolution/conv.js";
export {
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeOptions,
} from "./convolution/conv-transpose.js";
export { Fold, Unfold } from "./convolution/fold.js";
export {
  CosineSimilarity,
  type CosineSimilarityOptions,
  PairwiseDistance,
  type PairwiseDistanceOptions,
} from "./distance.js";
export {
  AlphaDropout,
  Dropout,
  Dropout1d,
  Dropout2d,
  Dropout3d,
  type DropoutOptions,
  FeatureAlphaDropout,
} from "./dropout.js";
export { Embedding } from "./embedding/embedding.js";
export { EmbeddingBag, type EmbeddingBagOptions } from "./embedding/embedding-bag.js";
export type { EmbeddingOptions, FromPretrainedOptions } from "./embedding/table.js";
export type { FactoryOptions } from "./factory.js";
export * as functional from "./functional/index.js";
export type {
  BackwardHook,
  BackwardPreHook,
  ForwardHook,
  ForwardPreHook,
  Gradients,
  HookOptions,
  Undo,
} from "./hooks.js";
export * as init from "./init.js";
export {
  LazyBatchNorm1d,
  LazyBatchNorm2d,
  LazyBatchNorm3d,
  LazyConv1d,
  LazyConv2d,
  LazyConv3d,
  LazyConvTranspose1d,
  LazyConvTranspose2d,
  LazyConvTranspose3d,
  LazyInstanceNorm1d,
  LazyInstanceNorm2d,
  LazyInstanceNorm3d,
  LazyLinear,
} from "./lazy/lazy.js";
export { UninitializedBuffer, UninitializedParameter } from "./lazy/uninitialized.js";
export { Bilinear, Identity, Linear, type LinearOptions } from "./linear.js";
export {
  AdaptiveLogSoftmaxWithLoss,
  type AdaptiveSoftmaxOptions,
  type AdaptiveSoftmaxResult,
} from "./losses/adaptive-softmax.js";
export { LinearCrossEntropyLoss, type LinearCrossEntropyLossOptions } from "./losses/linear-cross-entropy.js";
export {
  BCELoss,
  BCEWithLogitsLoss,
  CosineEmbeddingLoss,
  CrossEntropyLoss,
  CTCLoss,
  GaussianNLLLoss,
  HingeEmbeddingLoss,
  HuberLoss,
  KLDivLoss,
  L1Loss,
  MarginRankingLoss,
  MSELoss,
  MultiLabelMarginLoss,
  MultiLabelSoftMarginLoss,
  MultiMarginLoss,
  NLLLoss,
  PoissonNLLLoss,
  SmoothL1Loss,
  SoftMarginLoss,
  TripletMarginLoss,
} from "./losses/losses.js";
export { TripletMarginWithDistanceLoss } from "./losses/triplet.js";
export { type AnyModule, Module } from "./module.js";
export * as utils from "./module-utilities.js";
export {
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  type BatchNormOptions,
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
} from "./normalization/batch-norm.js";
export { CrossMapLRN2d, LocalResponseNorm } from "./normalization/local-response.js";
export {
  GroupNorm,
  type GroupNormOptions,
  LayerNorm,
  type LayerNormOptions,
  RMSNorm,
  type RMSNormOptions,
} from "./normalization/norm.js";
export {
  type Border,
  CircularPad1d,
  CircularPad2d,
  CircularPad3d,
  ConstantPad1d,
  ConstantPad2d,
  ConstantPad3d,
  ReflectionPad1d,
  ReflectionPad2d,
  ReflectionPad3d,
  ReplicationPad1d,
  ReplicationPad2d,
  ReplicationPad3d,
  ZeroPad1d,
  ZeroPad2d,
  ZeroPad3d,
} from "./padding.js";
export { Buffer, type BufferOptions, buffer, Parameter, type ParameterOptions } from "./parameter.js";
export {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveAvgPool3d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AdaptiveMaxPool3d,
  type AdaptiveMaxPoolOptions,
  type AdaptiveSize,
} from "./pooling/adaptive.js";
export { FractionalMaxPool2d, FractionalMaxPool3d } from "./pooling/fractional.js";
export { LPPool1d, LPPool2d, LPPool3d } from "./pooling/lp.js";
export {
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  type AvgPoolOptions,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
  type MaxPoolOptions,
} from "./pooling/pool.js";
export { MaxUnpool1d, MaxUnpool2d, MaxUnpool3d, type MaxUnpoolOptions } from "./pooling/unpool.js";
export { type CellOptions, GRUCell, LSTMCell, RNNCell, type RNNCellOptions } from "./recurrent/cells.js";
export {
  GRU,
  LSTM,
  type LSTMOptions,
  type RecurrentLayer,
  type RecurrentOptions,
  RNN,
  type RNNOptions,
  type Sequences,
} from "./recurrent/recurrent.js";
export { ChannelShuffle, Flatten, type FlattenOptions, PixelShuffle, PixelUnshuffle, Unflatten } from "./shape.js";
export type { Size } from "./sizes.js";
export { type LoadOptions, type LoadReport, type ShapeMismatch, type StateDict, StateDictError } from "./state-dict.js";
export { Upsample, type UpsampleOptions, UpsamplingBilinear2d, UpsamplingNearest2d } from "./upsample.js";
