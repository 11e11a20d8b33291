/** A list of tensors that computes as one: each method is a single `_foreach_` kernel over all of them. */
import type { OpResult } from "../op-call.js";
import { keep } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { foreach, kernel } from "./foreach.js";

/** What combines with a list: one number for all, one number for each, one tensor for each, or one 0-d tensor for all. */
export type ListOperand = number | readonly number[] | readonly Tensor[] | Tensor;

/**
 * Tensors (the parameters of a group, their gradients, one statistic of theirs) with the arithmetic of a tensor, so that
 * an update rule reads like the line in the paper and runs as a few kernels for the whole model.
 * Methods with a trailing underscore change the tensors and return the list; the others return a new list.
 * A plain array in every other respect.
 *
 * @example
 * gradAvg.mul_(mom).add_(grads, { alpha: 1 - mom });
 */
export class TensorList extends Array<Tensor> {
  // `map` and `filter` give plain arrays: their items need not be tensors.
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  constructor(tensors: Iterable<Tensor> = []) {
    super();
    let at = 0;
    for (const tensor of tensors) this[at++] = tensor;
  }

  /** The results of `fn`, as a list that computes. */
  each(fn: (tensor: Tensor, index: number) => Tensor): TensorList {
    return new TensorList(this.map((tensor, index) => fn(tensor, index)));
  }

  /** Zeros in the tensors' shapes, kept beyond the current scope: the start of most statistics. */
  zerosLike(): TensorList {
    return this.each((tensor) => keep(tensor.detach().zerosLike()));
  }

  /** One value in the tensors' shapes, kept beyond the current scope. */
  fullLike(value: number): TensorList {
    return this.zerosLike().each((zeros) => zeros.fill_(value));
  }

  /** Copies, kept beyond the current scope and outside the autograd graph. */
  copies(): TensorList {
    return this.each((tensor) => keep(tensor.detach().clone()));
  }

  /** this + alpha * other, in place. */
  add_(other: readonly Tensor[], options?: { alpha?: number }): this;
  add_(other: ListOperand): this;
  add_(other: ListOperand, { alpha = 1 }: { alpha?: number } = {}): this {
    foreach("_foreach_add_", this, other, ...(alpha === 1 ? [] : [alpha]));
    return this;
  }

  /** this + alpha * other. */
  add(other: readonly Tensor[], options?: { alpha?: number }): TensorList;
  add(other: ListOperand): TensorList;
  add(other: ListOperand, { alpha = 1 }: { alpha?: number } = {}): TensorList {
    return made(foreach("_foreach_add", this, other, ...(alpha === 1 ? [] : [alpha])));
  }

  /** this - other, in place. */
  sub_(other: readonly Tensor[]): this {
    foreach("_foreach_sub_", this, other);
    return this;
  }

  /** this - other. */
  sub(other: readonly Tensor[]): TensorList {
    return made(foreach("_foreach_sub", this, other));
  }

  /** this * other, in place. */
  mul_(other: ListOperand): this {
    foreach("_foreach_mul_", this, other);
    return this;
  }

  /** this * other. */
  mul(other: ListOperand): TensorList {
    return made(foreach("_foreach_mul", this, other));
  }

  /** this / other, in place. */
  div_(other: ListOperand): this {
    foreach("_foreach_div_", this, other);
    return this;
  }

  /** this / other. */
  div(other: ListOperand): TensorList {
    return made(foreach("_foreach_div", this, other));
  }

  /** this + value * a * b, in place. */
  addcmul_(a: readonly Tensor[], b: readonly Tensor[], value = 1): this {
    kernel("_foreach_addcmul_", "Scalar")(this, a, b, value);
    return this;
  }

  /** this + value * a * b. */
  addcmul(a: readonly Tensor[], b: readonly Tensor[], value = 1): TensorList {
    return made(kernel("_foreach_addcmul", "Scalar")(this, a, b, value));
  }

  /** this + value * a / b, in place. */
  addcdiv_(a: readonly Tensor[], b: readonly Tensor[], value = 1): this {
    kernel("_foreach_addcdiv_", "Scalar")(this, a, b, value);
    return this;
  }

  /** this + weight * (end - this), in place. */
  lerp_(end: readonly Tensor[], weight: number): this {
    kernel("_foreach_lerp_", "Scalar")(this, end, weight);
    return this;
  }

  /** Square roots, in place. */
  sqrt_(): this {
    kernel("_foreach_sqrt_")(this);
    return this;
  }

  /** Square roots. */
  sqrt(): TensorList {
    return made(kernel("_foreach_sqrt")(this));
  }

  /** 1 / square roots, in place. */
  rsqrt_(): this {
    kernel("_foreach_rsqrt_")(this);
    return this;
  }

  /** Absolute values. */
  abs(): TensorList {
    return made(kernel("_foreach_abs")(this));
  }

  /** -this. */
  neg(): TensorList {
    return made(kernel("_foreach_neg")(this));
  }

  /** -1, 0 or 1 for each element. */
  sign(): TensorList {
    return made(kernel("_foreach_sign")(this));
  }

  /** base ** this. */
  powOf(base: number): TensorList {
    return made(kernel("_foreach_pow", "ScalarAndTensor")(base, this));
  }

  /** Takes the values of `source`, in place. */
  copy_(source: readonly Tensor[]): this {
    kernel("_foreach_copy_")(this, source);
    return this;
  }

  /** Sets every element to 0. */
  zero_(): this {
    kernel("_foreach_zero_")(this);
    return this;
  }

  /** Elementwise maximum with `other`, in place. */
  maximum_(other: readonly Tensor[]): this {
    foreach("_foreach_maximum_", this, other);
    return this;
  }

  /** Elements below `min` become `min`, in place. */
  clampMin_(min: number): this {
    foreach("_foreach_clamp_min_", this, min);
    return this;
  }

  /** Elements below `min` become `min`. */
  clampMin(min: number): TensorList {
    return made(foreach("_foreach_clamp_min", this, min));
  }

  /** Elements above `max` become `max`, in place. */
  clampMax_(max: number): this {
    foreach("_foreach_clamp_max_", this, max);
    return this;
  }

  /** Euclidean norms, one 0-d tensor for each tensor. */
  norm(): TensorList {
    if (this.length === 0) return new TensorList();
    if (this.every(isFloatOnCpu)) return new TensorList(this.norms().unbind());
    return made(kernel("_foreach_norm", "Scalar")(this));
  }

  /** Euclidean norms as one tensor [P], for P > 0 tensors of one dtype and device. */
  norms(): Tensor {
    return kernel("fastai::norms")(this) as Tensor; // what the kernel returns
  }
}

function isFloatOnCpu(x: Tensor): boolean {
  return x.device === "cpu" && x.dtype === "float32";
}

function made(tensors: OpResult): TensorList {
  return new TensorList(tensors as Tensor[]); // what these kernels return
}
