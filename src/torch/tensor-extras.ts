/** Methods of Tensor that are built from operators; declared here, defined in tensor-methods.ts. */
import type { Stream } from "./cuda/streams.js";
import type { Device, DType, MemoryFormat } from "./dtype.js";
import type { Complex } from "./op-arguments.js";
import type { Scalar } from "./scalar.js";
import type { Slice } from "./slice.js";
import type { NestedArray, Tensor } from "./tensor.js";

/** One entry of an index: a position, a range, `"..."`, `null` (new axis), a mask or positions. */
export type Index = number | Slice | "..." | null | boolean | Tensor | readonly number[];

/** Options of {@link TensorExtras.to}. */
export interface ToOptions {
  dtype?: DType;
  device?: Device;
  /** Also copy when nothing changes. Default false. */
  copy?: boolean;
  /** Do not wait for the transfer. Default false. */
  nonBlocking?: boolean;
  memoryFormat?: MemoryFormat;
}

/** Options of {@link TensorExtras.backward}. */
export interface BackwardOptions {
  /** Keep the graph for another pass. Default: `createGraph`. */
  retainGraph?: boolean;
  /** Record the gradients' own computation. Default false. */
  createGraph?: boolean;
}

/** Methods of Tensor that are built from operators. */
export interface TensorExtras {
  /** Another dtype, device, or both; the tensor itself when nothing changes. */
  to(target: DType | Device | Tensor | ToOptions, options?: ToOptions): this;
  /** The tensor on the CPU. */
  cpu(): this;
  /** The tensor on a GPU (the current one by default). */
  cuda(device?: Device): this;
  float(): this;
  double(): this;
  half(): this;
  bfloat16(): this;
  long(): this;
  int(): this;
  short(): this;
  byte(): this;
  char(): this;
  cfloat(): this;
  cdouble(): this;
  bool(): this;
  /**
   * A copy on the CPU when the device has come to it: the event loop goes on meanwhile. From a GPU into pinned memory, at
   * the end of the current stream. The copy belongs to no scope.
   */
  cpuAsync(): Promise<this>;
  /** Keeps the memory from being given to other tensors before a stream, on which it was not made, is done with it. */
  recordStream(stream: Stream): this;
  /**
   * Nested JavaScript arrays (a single value for a tensor without dimensions). Sparse tensors come with their zeros,
   * quantised ones as the numbers they stand for. Throws a ValueError for an integer beyond 2^53.
   */
  toArray(): NestedArray<number> | NestedArray<boolean> | NestedArray<Complex>;
  /** The same for tensors of integers, as bigints: exact beyond 2^53 too. */
  toBigIntArray(): NestedArray<bigint>;
  /** The values where `condition` holds, those of `other` elsewhere. */
  where(condition: Tensor, other: Tensor | number): this;
  /** Indexes as `x[...]` in Python: positions, {@link slice}, `"..."`, `null`, masks, index tensors or arrays. */
  at(...index: Index[]): this;
  /** Assigns to what `at` would select, in place. */
  setAt_(index: readonly Index[] | Index, value: Tensor | Scalar): this;
  /** Sets {@link Tensor.requiresGrad} and returns the tensor. */
  requiresGrad_(value?: boolean): this;
  /** Accumulates gradients into the leaves this tensor was computed from. `gradient` is needed unless it is a scalar. */
  backward(gradient?: Tensor | null | BackwardOptions, options?: BackwardOptions): void;
  /** Calls `hook` with the gradient in `backward`; a tensor it returns replaces it. Returns a function that removes it. */
  registerHook(hook: (gradient: Tensor) => unknown): () => void;
  /** Makes this tensor share `source`'s values, keeping its identity (Python: `x.data = source`). */
  setData_(source: Tensor): this;
  /** The transpose of a matrix (all dimensions reversed). */
  readonly T: Tensor;
  /** The last two dimensions exchanged. */
  readonly mT: Tensor;
  /** The conjugated transpose of a matrix. */
  readonly H: Tensor;
  /** The last two dimensions exchanged, conjugated. */
  readonly mH: Tensor;
  toString(): string;
}
