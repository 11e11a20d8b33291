/** libtorch for Node: tensors, autograd, modules, optimizers, files. */
import "./tensor-methods.js";

export * from "./generated/functions.js"; // every public operator, by its name
export { type GradOptions, enableGrad, grad, grads, inferenceMode, isGradEnabled, noGrad, setGradEnabled, zeroGrads } from "./autograd.js";
export { collectTensors, isTensor } from "./containers.js";
export {
  type FactoryOptions,
  type TensorLike,
  type TensorOptions,
  arange,
  empty,
  emptyLike,
  eye,
  fromBuffer,
  full,
  fullLike,
  linspace,
  logspace,
  ones,
  onesLike,
  rand,
  randLike,
  randint,
  randn,
  randnLike,
  randperm,
  tensor,
  zeros,
  zerosLike,
} from "./creation.js";
export { type DType, type Device, type Layout, type MemoryFormat, isComplex, isFloatingPoint } from "./dtype.js";
export {
  DeviceError,
  DisposedError,
  DtypeError,
  FileFormatError,
  IndexError,
  NotImplementedError,
  OptionError,
  OutOfMemoryError,
  ShapeError,
  TorchError,
  ValueError,
  checkOptions,
  nearestName,
} from "./errors.js";
export { Function, FunctionContext } from "./function.js";
export { type GradcheckOptions, gradcheck } from "./gradcheck.js";
export { type MemoryReport, emptyCache, getNumThreads, memory, resetPeakMemory, setNumThreads } from "./memory.js";
export type { Complex } from "./op-arguments.js";
export { type Op, type OpNamespace, type Ops, ops } from "./ops.js";
export { forkRng, getRngState, initialSeed, manualSeed, setRngState } from "./random.js";
export type { Scalar } from "./scalar.js";
export { Scope, keep, scope } from "./scope.js";
export { Slice, type SliceOptions, slice } from "./slice.js";
export { type NestedArray, Tensor } from "./tensor.js";
export { TensorBase } from "./tensor-base.js";
export type { BackwardOptions, Index, ToOptions } from "./tensor-extras.js";
export type { TensorData } from "./typed-arrays.js";
export * as nn from "./nn/index.js";
export * as optim from "./optim/index.js";
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
