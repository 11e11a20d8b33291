/** How the layers and losses of `nn` are described in exported learners. */
import * as nn from "../nn/index.js";
import { registerConstant } from "../registry.js";
import type { ModuleClass } from "./json.js";
import { registerLayer } from "./register-layer.js";

const conv = "stride padding dilation groups bias paddingMode";
const transposed = "stride padding outputPadding dilation groups bias";
const runningNorm = "eps momentum affine bias trackRunningStats";
const window = "stride padding dilation ceilMode returnIndices";
const average = "stride padding ceilMode countIncludePad divisorOverride";
const table = "paddingIdx maxNorm normType scaleGradByFreq sparse";
const recurrent = "numLayers bias batchFirst dropout bidirectional";
const attention = "dropout bias addBiasKv addZeroAttn kdim vdim batchFirst";
const transformer = "dimFeedforward dropout:p activation layerNormEps batchFirst normFirst bias";
const resize = "size scaleFactor mode alignCorners recomputeScaleFactor";
const linearLoss = "outFeatures bias weight:weight ignoreIndex reduction labelSmoothing batchChunkSize";

/** Positional arguments and options of each layer, see `registerLayer`. */
const layers = {
  ...rows(["inChannels outChannels kernelSize", conv], "Conv1d Conv2d Conv3d"),
  ...rows(["outChannels kernelSize", conv], "LazyConv1d LazyConv2d LazyConv3d"),
  ...rows(["inChannels outChannels kernelSize", transposed], "ConvTranspose1d ConvTranspose2d ConvTranspose3d"),
  ...rows(["outChannels kernelSize", transposed], "LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d"),
  ...rows(["numFeatures", runningNorm], "BatchNorm1d BatchNorm2d BatchNorm3d"),
  ...rows(["numFeatures", runningNorm], "InstanceNorm1d InstanceNorm2d InstanceNorm3d"),
  ...rows(["", runningNorm], "LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d"),
  ...rows(["", runningNorm], "LazyInstanceNorm1d LazyInstanceNorm2d LazyInstanceNorm3d"),
  ...rows(["kernelSize", window], "MaxPool1d MaxPool2d MaxPool3d"),
  ...rows(["kernelSize", average], "AvgPool1d AvgPool2d AvgPool3d"),
  ...rows(["outputSize"], "AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d"),
  ...rows(["outputSize", "returnIndices"], "AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d"),
  ...rows(["normType kernelSize", "stride ceilMode"], "LPPool1d LPPool2d LPPool3d"),
  ...rows(["kernelSize", "stride padding"], "MaxUnpool1d MaxUnpool2d MaxUnpool3d"),
  ...rows(
    ["kernelSize", "outputSize outputRatio returnIndices randomSamples:_random_samples"],
    "FractionalMaxPool2d FractionalMaxPool3d",
  ),
  ...rows(["p", "inplace"], "Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout"),
  ...rows(["", "inplace"], "ReLU ReLU6 SiLU Mish SELU Hardswish Hardsigmoid"),
  ...rows([], "Sigmoid Tanh LogSigmoid Softsign Tanhshrink Softmax2d Identity"),
  ...rows(["dim"], "Softmax LogSoftmax Softmin"),
  ...rows(["padding value"], "ConstantPad1d ConstantPad2d ConstantPad3d"),
  ...rows(["padding"], "ZeroPad1d ZeroPad2d ZeroPad3d ReflectionPad1d ReflectionPad2d ReflectionPad3d"),
  ...rows(["padding"], "ReplicationPad1d ReplicationPad2d ReplicationPad3d"),
  ...rows(["padding"], "CircularPad1d CircularPad2d CircularPad3d"),
  ...rows(["lambd"], "Hardshrink Softshrink"),
  ...rows(["alpha", "inplace"], "ELU CELU"),
  ...rows(["size", "alpha beta k"], "LocalResponseNorm CrossMapLRN2d"),
  ...rows(["", resize], "Upsample UpsamplingNearest2d UpsamplingBilinear2d"),
  ...rows(["inputSize hiddenSize", "bias=bias_ih"], "GRUCell LSTMCell"),
  ...rows(["dModel nhead", transformer], "TransformerEncoderLayer TransformerDecoderLayer"),
  ...rows(["", "reduction"], "MSELoss L1Loss MultiLabelMarginLoss SoftMarginLoss"),
  ...rows(["", "margin reduction"], "CosineEmbeddingLoss MarginRankingLoss HingeEmbeddingLoss"),
  ...rows(["", "weight:weight reduction"], "BCELoss MultiLabelSoftMarginLoss"),
  Linear: ["inFeatures outFeatures", "bias"],
  LazyLinear: ["outFeatures", "bias"],
  Bilinear: ["in1Features in2Features outFeatures", "bias"],
  Embedding: ["numEmbeddings embeddingDim", table],
  EmbeddingBag: ["numEmbeddings embeddingDim", `${table} mode includeLastOffset`],
  LayerNorm: ["normalizedShape", "eps elementwiseAffine=weight bias"],
  RMSNorm: ["normalizedShape", "eps elementwiseAffine=weight"],
  GroupNorm: ["numGroups numChannels", "eps affine=weight bias"],
  GELU: ["", "approximate"],
  GLU: ["", "dim"],
  LeakyReLU: ["negativeSlope", "inplace"],
  Hardtanh: ["", "minVal maxVal inplace"],
  Softplus: ["", "beta threshold"],
  Threshold: ["threshold value", "inplace"],
  RReLU: ["", "lower upper inplace"],
  PReLU: ["numParameters"],
  Flatten: ["", "startDim endDim"],
  Unflatten: ["dim unflattenedSize"],
  PixelShuffle: ["upscaleFactor"],
  PixelUnshuffle: ["downscaleFactor"],
  ChannelShuffle: ["groups"],
  Unfold: ["kernelSize", "dilation padding stride"],
  Fold: ["outputSize kernelSize", "dilation padding stride"],
  CosineSimilarity: ["", "dim eps"],
  PairwiseDistance: ["", "p eps keepdim"],
  RNN: ["inputSize hiddenSize", `${recurrent} nonlinearity`],
  GRU: ["inputSize hiddenSize", recurrent],
  LSTM: ["inputSize hiddenSize", `${recurrent} projSize`],
  RNNCell: ["inputSize hiddenSize", "bias=bias_ih nonlinearity"],
  MultiheadAttention: ["embedDim numHeads", attention],
  BCEWithLogitsLoss: ["", "weight:weight posWeight:pos_weight reduction"],
  CrossEntropyLoss: ["", "weight:weight ignoreIndex reduction labelSmoothing"],
  NLLLoss: ["", "weight:weight ignoreIndex reduction"],
  SmoothL1Loss: ["", "reduction beta"],
  HuberLoss: ["", "reduction delta"],
  KLDivLoss: ["", "reduction logTarget"],
  PoissonNLLLoss: ["", "logInput full eps reduction"],
  GaussianNLLLoss: ["", "full eps reduction"],
  CTCLoss: ["", "blank zeroInfinity reduction"],
  MultiMarginLoss: ["", "p margin weight:weight reduction"],
  TripletMarginLoss: ["", "margin p eps swap reduction"],
  TripletMarginWithDistanceLoss: ["", "distanceFunction:distance_function margin swap reduction"],
  LinearCrossEntropyLoss: ["inFeatures numClasses", linearLoss],
  AdaptiveLogSoftmaxWithLoss: ["inFeatures nClasses cutoffs", "divValue headBias"],
} satisfies Partial<Record<keyof typeof nn, readonly string[]>>;

function rows<Name extends string>(row: readonly string[], names: string): Record<Name, readonly string[]> {
  return Object.fromEntries(names.split(" ").map((name) => [name, row])) as Record<Name, readonly string[]>;
}

for (const [name, [args, options]] of Object.entries(layers)) {
  // Every name in the table is that of a module class: a test makes one of each.
  registerLayer(`nn.${name}`, Reflect.get(nn, name) as ModuleClass, args, options);
}

/** The functions that stand in learners as losses, activations and distances. */
const functions =
  "binaryCrossEntropy binaryCrossEntropyWithLogits cosineEmbeddingLoss crossEntropy ctcLoss gaussianNllLoss " +
  "hingeEmbeddingLoss huberLoss klDiv l1Loss marginRankingLoss mseLoss multilabelMarginLoss multilabelSoftMarginLoss " +
  "multiMarginLoss nllLoss poissonNllLoss smoothL1Loss softMarginLoss tripletMarginLoss tripletMarginWithDistanceLoss " +
  "relu gelu silu elu leakyRelu selu mish tanh sigmoid cosineSimilarity pairwiseDistance";

for (const name of functions.split(" ")) {
  registerConstant(`nn.functional.${name}`, Reflect.get(nn.functional, name) as object); // a test asks for each
}
