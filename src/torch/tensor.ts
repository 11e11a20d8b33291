/** The tensor: a handle on one of libtorch's, with what needs no operator (life, metadata, values). */

import { native, packed } from "../native.js";
import { checkClass, checkTensor, describeValue } from "./checks.js";
import { type Device, type DType, deviceName, dtypeName, type Layout, layoutName } from "./dtype.js";
import { DisposedError, ValueError } from "./errors.js";
import type { TensorMethods } from "./generated/methods.js";
import { check, failure } from "./native-call.js";
import { adopt, disposedMark, freedBy } from "./scope.js";
import type { TensorExtras } from "./tensor-extras.js";
import { type TensorData, typedArrayFor } from "./typed-arrays.js";

/** A nested array of values, as deep as the tensor has dimensions. */
export type NestedArray<T = number> = T | NestedArray<T>[];

/**
 * A multi-dimensional array on the CPU or a GPU, with automatic differentiation.
 *
 * Every operator of libtorch is a method: `x.sum(1, { keepdim: true })`. Memory is freed by itself: by the enclosing
 * {@link scope}, by the garbage collector, or at once by {@link Tensor.dispose}.
 */
export interface Tensor extends TensorMethods, TensorExtras {}
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the operators' methods are generated, see generated/methods.ts
export class Tensor {
  /** @internal Handle; after the tensor was freed, a mark that says by what. */
  _h: number;
  /** @internal Who frees the tensor, see scope.ts. */
  _flags: number;

  /** @internal Takes over a handle; users make tensors with {@link tensor} and the other factories. */
  constructor(handle: number) {
    if (typeof handle !== "number")
      throw new ValueError("Tensor: expected a handle. Make tensors with tensor(values).");
    this._h = handle;
    this._flags = 0;
    adopt(this, handle);
  }

  /** @internal The class that results of shape-preserving operators get. */
  _like(handle: number): Tensor {
    return new Tensor(handle);
  }

  /** Sizes of the dimensions. */
  get shape(): number[] {
    native.shape(this._h);
    if (packed[0] === -1) check("shape", [this]);
    const count = packed[0] ?? 0;
    const sizes: number[] = [];
    for (let i = 1; i <= count; i++) sizes.push(packed[i] ?? 0);
    return sizes;
  }

  /** Number of dimensions. */
  get ndim(): number {
    native.shape(this._h);
    if (packed[0] === -1) check("ndim", [this]);
    return packed[0] ?? 0;
  }

  /** Element type. */
  get dtype(): DType {
    return dtypeName(this.describe(0));
  }

  /** Device the elements are on, such as `"cpu"` or `"cuda:0"`. */
  get device(): Device {
    return deviceName(this.describe(1), packed[2] ?? -1);
  }

  /** Storage layout. */
  get layout(): Layout | "other" {
    return layoutName(this.describe(5));
  }

  /** Whether operations on the tensor are recorded for `backward`. Settable on leaves. */
  get requiresGrad(): boolean {
    return this.describe(3) === 1;
  }

  set requiresGrad(value: boolean) {
    packed[0] = 0;
    native.setRequiresGrad(this._h, value);
    check("requiresGrad", [this]);
  }

  /** True for a tensor that no recorded operation made. */
  get isLeaf(): boolean {
    return this.describe(4) === 1;
  }

  /** Name of the recorded operation that made the tensor, or null for a leaf. */
  get gradFn(): string | null {
    packed[0] = 0;
    const name = native.gradFn(this._h);
    check("gradFn", [this]);
    return name === "" ? null : name;
  }

  /** Gradient that `backward` accumulated, or null. Each read gives a new handle on the same tensor. */
  get grad(): Tensor | null {
    packed[0] = 1;
    packed[1] = this._h;
    native.gradients();
    check("grad", [this]);
    const handle = packed[1] ?? 0;
    return handle === 0 ? null : new Tensor(handle);
  }

  set grad(value: Tensor | null) {
    packed[0] = 0;
    if (value !== null) checkTensor("grad", value);
    native.setGradient(this._h, value === null ? 0 : value._h);
    check("grad", [this, value]);
  }

  /** Number of elements. */
  numel(): number {
    return this.describe(6);
  }

  /** Sizes of all dimensions, or of one (negative: counted from the end). */
  size(): number[];
  size(dim: number): number;
  size(dim?: number): number | number[] {
    const { shape } = this;
    if (dim === undefined) return shape;
    const size = typeof dim === "number" ? shape[dim < 0 ? dim + shape.length : dim] : undefined;
    if (size === undefined) {
      throw new ValueError(`size: expected a dimension of [${shape.join(", ")}], got ${describeValue(dim)}.`);
    }
    return size;
  }

  /** Number of dimensions. */
  dim(): number {
    return this.ndim;
  }

  /** Elements to step over in memory for one step in each dimension. */
  stride(): number[] {
    native.strides(this._h);
    check("stride", [this]);
    return Array.from(packed.subarray(1, 1 + (packed[0] ?? 0)));
  }

  /** Position of the first element in the storage. */
  storageOffset(): number {
    native.strides(this._h);
    check("storageOffset", [this]);
    return packed[1 + (packed[0] ?? 0)] ?? 0;
  }

  /**
   * The value of a tensor with one element; waits for the device. A bool is 1 or 0, so that counting works.
   * @throws ValueError for another element count, for complex values (use `toArray`) and for an integer beyond 2^53, which
   * a number cannot hold (use {@link itemBigInt}).
   */
  item(): number {
    native.item(this._h);
    const kind = packed[0];
    if (kind === 4 || (kind === -1 && this.isAlive && this.dtype === "uint64" && this.numel() === 1)) {
      native.takeFailure(); // libtorch itself has no way for the upper half of uint64
      throw new ValueError("item: the integer is beyond 2^53 and would be rounded. Use itemBigInt().");
    }
    if (kind === -1) throw failure("item", [this]);
    if (kind === 3) throw new ValueError("item: the value is complex. Use toArray(), which gives { re, im }.");
    return packed[1] ?? 0;
  }

  /**
   * The value of an integer tensor with one element, exact beyond 2^53 too.
   * @throws ValueError for another element count, DtypeError for another dtype.
   */
  itemBigInt(): bigint {
    if (this.numel() !== 1) throw new ValueError(`itemBigInt: expected one element, got shape [${this.shape}].`);
    let value: NestedArray<bigint> = this.toBigIntArray();
    while (typeof value !== "bigint") value = value[0] as NestedArray<bigint>; // one element at each depth
    return value;
  }

  /** Typed array on the tensor's own memory. The tensor must be contiguous and on the CPU. */
  data(): TensorData {
    packed[0] = 0;
    const { dtype } = this;
    packed[0] = 0;
    const buffer = native.memory(this._h);
    check("data", [this]);
    return typedArrayFor(dtype, buffer);
  }

  /** @internal The native metadata: see binding/tensor.cc, describe(). */
  private describe(field: number): number {
    packed[0] = 0;
    native.describe(this._h);
    if (packed[0] === -1) check("tensor", [this]);
    return packed[field] ?? 0;
  }

  /** True until the tensor was freed. */
  get isAlive(): boolean {
    return this._h > 0;
  }

  /** Frees the tensor now. Using it afterwards throws a {@link DisposedError}. */
  dispose(): void {
    if (this._h <= 0) return;
    packed[0] = this._h;
    native.release(1);
    this._h = disposedMark;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** A tensor of another class on the same values: `t.as(TensorImage)`. */
  as<T extends Tensor>(cls: new (handle: number) => T): T {
    checkClass("as", cls);
    return new cls(this.aliasHandle());
  }

  /** @internal A new handle on the same tensor. */
  aliasHandle(): number {
    if (this._h <= 0)
      throw new DisposedError(`the tensor was freed by ${freedBy(this._h)}. Use keep(tensor) to hold on to it.`);
    native.alias(this._h);
    check("alias", [this]);
    return packed[0] ?? 0;
  }

  /** Makes an instance of this class on another tensor's values. */
  static from<T extends Tensor>(this: new (handle: number) => T, source: Tensor): T {
    return new this(source.aliasHandle());
  }
}
