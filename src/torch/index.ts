/** libtorch for Node: tensors, autograd, modules, optimizers, files. */
import "./tensor-methods.js";

export { detectAnomaly, setDetectAnomaly } from "./anomaly.js";
export { type AutocastOptions, autocast, autocastState } from "./autocast.js";
export {
  type BackwardListOptions,
  backward,
  enableGrad,
  type GradOptions,
  grad,
  grads,
  inferenceMode,
  isGradEnabled,
  noGrad,
  setGradEnabled,
  zeroGrads,
} from "./autograd.js";
export {
  areDeterministicAlgorithmsEnabled,
  backends,
  type DeterministicOptions,
  type Float32MatmulPrecision,
  getFloat32MatmulPrecision,
  isDeterministicAlgorithmsWarnOnlyEnabled,
  setFloat32MatmulPrecision,
  useDeterministicAlgorithms,
} from "./backends.js";
export { type CheckpointOptions, checkpoint } from "./checkpoint.js";
export { collectTensors, isPlainObject, isTensor } from "./containers.js";
export {
  arange,
  empty,
  emptyLike,
  eye,
  type FactoryOptions,
  fromBuffer,
  full,
  fullLike,
  linspace,
  logspace,
  ones,
  onesLike,
  type RandomOptions,
  rand,
  randint,
  randLike,
  randn,
  randnLike,
  randperm,
  type TensorLike,
  type TensorOptions,
  tensor,
  zeros,
  zerosLike,
} from "./creation.js";
export * as cuda from "./cuda/index.js";
export { type Device, type DType, isComplex, isFloatingPoint, type Layout, type MemoryFormat } from "./dtype.js";
export {
  checkOptions,
  DeviceError,
  DisposedError,
  DtypeError,
  FileFormatError,
  IndexError,
  NotImplementedError,
  nearestName,
  OptionError,
  OutOfMemoryError,
  ShapeError,
  TorchError,
  ValueError,
} from "./errors.js";
export { dualLevel, makeDual, unpackDual } from "./forward-ad.js";
export { Function, FunctionContext } from "./function.js";
export {
  type Derivative,
  type DerivativeOptions,
  hessian,
  hvp,
  type JacobianOptions,
  jacobian,
  jvp,
  type Like,
  type TensorFunction,
  type Tensors,
  vhp,
  vjp,
} from "./functional-autograd.js";
export * as fft from "./generated/fft.js";
export * from "./generated/functions.js"; // every public operator, by its name
export * as linalg from "./generated/linalg.js";
export * as special from "./generated/special.js";
export { Generator } from "./generator.js";
export { GradScaler, type GradScalerOptions, type GradScalerState, gradScalerOptionKeys } from "./grad-scaler.js";
export { type GradcheckOptions, gradcheck } from "./gradcheck.js";
export * as jit from "./jit/index.js";
export { type LowRankOptions, type LowRankResult, type PcaOptions, pcaLowrank, svdLowrank } from "./low-rank.js";
export { emptyCache, getNumThreads, type MemoryReport, memory, resetPeakMemory, setNumThreads } from "./memory.js";
export { registerLayer, registerModule } from "./module-specs.js";
export * as nn from "./nn/index.js";
export { buffer, Parameter } from "./nn/parameter.js";
export type { Complex } from "./op-arguments.js";
export { type Op, type OpCall, type OpNamespace, type Ops, ops } from "./ops.js";
export * as optim from "./optim/index.js";
export { forkRng, getRngState, initialSeed, manualSeed, setRngState } from "./random.js";
export {
  fromSpec,
  hasSpec,
  type Registration,
  RegistryError,
  register,
  registerConstant,
  registeredNames,
  rememberSpec,
  type Spec,
  toSpec,
} from "./registry.js";
export { asFloat, type FloatScalar, type Scalar } from "./scalar.js";
export { keep, Scope, scope } from "./scope.js";
export {
  type FileOptions,
  type LoadPthOptions,
  type LoadSafetensorsOptions,
  load,
  loadNpy,
  loadNpz,
  loadPth,
  loadSafetensors,
  npyBytes,
  npzBytes,
  type ParsePthOptions,
  type PthInput,
  type PthValue,
  parseNpy,
  parseNpz,
  parsePth,
  parseSafetensors,
  pthBytes,
  readSafetensorsHeader,
  type SafetensorsHeader,
  type SaveNpzOptions,
  type SaveSafetensorsOptions,
  safetensorsBytes,
  save,
  saveNpy,
  saveNpz,
  savePth,
  saveSafetensors,
  type TensorDict,
  type TensorEntry,
  TensorMap,
} from "./serialization/index.js";
export { Slice, type SliceOptions, slice } from "./slice.js";
export * as sparse from "./sparse.js";
export {
  type SparseOptions,
  sparseBscTensor,
  sparseBsrTensor,
  sparseCooTensor,
  sparseCscTensor,
  sparseCsrTensor,
} from "./sparse-creation.js";
export { type NestedArray, Tensor } from "./tensor.js";
export { TensorBase } from "./tensor-base.js";
export type { BackwardOptions, Index, ToOptions } from "./tensor-extras.js";
export { fromTransfer, toTransfer } from "./transfer.js";
export type { TensorData } from "./typed-arrays.js";
export { type UniqueOptions, type UniqueResult, unique } from "./unique.js";
export { type VmapOptions, vmap } from "./vmap.js";
export { type NoteWrapped, registerWrapper } from "./wrapper-spec.js";
