/** `nn.utils`: working with all parameters at once, and with the weights of single modules. */
export { type ClipGradNormOptions, clipGradNorm_, clipGradValue_ } from "./gradient-clipping.js";
export { parametersToVector, vectorToParameters } from "./parameter-vector.js";
export { type SpectralNormOptions, spectralNorm } from "./reparametrization/spectral-norm.js";
export { removeWeightNorm, type WeightNormOptions, weightNorm } from "./reparametrization/weight-norm.js";
