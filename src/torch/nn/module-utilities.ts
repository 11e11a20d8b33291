/** `nn.utils`: working with all parameters at once, with the weights of single modules, and with sequences. */
export {
  fuseConvBnEval,
  fuseConvBnWeights,
  fuseLinearBnEval,
  fuseLinearBnWeights,
  type NormStatistics,
} from "./fusion.js";
export {
  type ClipGradNormOptions,
  clipGradNorm_,
  clipGradsWithNorm_,
  clipGradValue_,
  getTotalNorm,
} from "./gradient-clipping.js";
export { convertConv2dWeightMemoryFormat, convertConv3dWeightMemoryFormat } from "./memory-format.js";
export { parametersToVector, vectorToParameters } from "./parameter-vector.js";
export {
  invertPermutation,
  PackedSequence,
  type PackOptions,
  type PadPackedOptions,
  type PadSequenceOptions,
  packPaddedSequence,
  packSequence,
  padPackedSequence,
  padSequence,
  unpackSequence,
  unpadSequence,
} from "./recurrent/packed-sequence.js";
export * as parametrizations from "./reparametrization/parametrizations.js";
export * as parametrize from "./reparametrization/parametrize.js";
export { removeSpectralNorm, type SpectralNormOptions, spectralNorm } from "./reparametrization/spectral-norm.js";
export { removeWeightNorm, type WeightNormOptions, weightNorm } from "./reparametrization/weight-norm.js";
