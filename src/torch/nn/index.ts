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
export { ModuleDict, ModuleList } from "./containers/module-list.js";
export { Sequential } from "./containers/sequential.js";
export type { ConvertOptions } from "./convert.js";
export { Conv1d, Conv2d, Conv3d, type ConvOptions, type PaddingMode } from "./convolution/conv.js";
export {
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeOptions,
} from "./convolution/conv-transpose.js";
export { AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, type DropoutOptions } from "./dropout.js";
export { Embedding, type EmbeddingOptions } from "./embedding/embedding.js";
export type { FactoryOptions } from "./factory.js";
export * as functional from "./functional/index.js";
export type { ForwardHook, ForwardPreHook, Undo } from "./hooks.js";
export * as init from "./init.js";
export { Bilinear, Identity, Linear, type LinearOptions } from "./linear.js";
export {
  BCELoss,
  BCEWithLogitsLoss,
  CrossEntropyLoss,
  HuberLoss,
  KLDivLoss,
  L1Loss,
  MSELoss,
  NLLLoss,
  SmoothL1Loss,
} from "./losses/losses.js";
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
  CircularPad2d,
  ConstantPad1d,
  ConstantPad2d,
  ConstantPad3d,
  ReflectionPad1d,
  ReflectionPad2d,
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
  type AdaptiveSize,
} from "./pooling/adaptive.js";
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
export { ChannelShuffle, Flatten, type FlattenOptions, PixelShuffle, PixelUnshuffle, Unflatten } from "./shape.js";
export type { Size } from "./sizes.js";
export { type LoadOptions, type LoadReport, type ShapeMismatch, type StateDict, StateDictError } from "./state-dict.js";
export { Upsample, type UpsampleOptions, UpsamplingBilinear2d, UpsamplingNearest2d } from "./upsample.js";
