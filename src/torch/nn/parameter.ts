/** Tensors with a role in a module. */
import { checkTensor } from "../checks.js";
import { checkOptions } from "../errors.js";
import { keep } from "../scope.js";
import { Tensor } from "../tensor.js";

/** Options of `new Parameter`. */
export interface ParameterOptions {
  /** Whether the parameter collects gradients. Default true. */
  requiresGrad?: boolean;
}

/**
 * A tensor that is trained: a leaf of the autograd graph that registers itself as a field of a module. It shares memory
 * with the tensor it is made from. Operations on it return plain tensors. No scope frees it.
 */
export class Parameter extends Tensor {
  /** Tells the roles apart for the compiler. */
  declare readonly role: "parameter";

  constructor(data: Tensor | number, { requiresGrad = true }: ParameterOptions = {}) {
    super(typeof data === "number" ? data : detachedHandle(data));
    keep(this);
    if (requiresGrad) this.requiresGrad = true;
  }
}

/** Options of `buffer`. */
export interface BufferOptions {
  /** Whether the buffer is part of the state dict. Default true. */
  persistent?: boolean;
}

/** A tensor that belongs to a module without being trained. Made by `buffer`. No scope frees it. */
export class Buffer extends Tensor {
  /** Tells the roles apart for the compiler. */
  declare readonly role: "buffer";
  /** Whether the buffer is part of the state dict. */
  readonly persistent: boolean;
  /** Whether a state dict without it is accepted. */
  readonly optional: boolean;

  constructor(
    data: Tensor | number,
    { persistent = true, optional = false }: BufferOptions & { optional?: boolean } = {},
  ) {
    super(typeof data === "number" ? data : detachedHandle(data));
    this.persistent = persistent;
    this.optional = optional;
    keep(this);
  }
}

/** Marks a tensor as part of a module's state that is not trained; it registers itself as a field. */
export function buffer(data: Tensor, options: BufferOptions = {}): Buffer {
  checkOptions("buffer", options, ["persistent"]);
  return new Buffer(data, options);
}

function detachedHandle(data: Tensor): number {
  checkTensor("Parameter", data);
  const detached = data.detach();
  const handle = detached.aliasHandle();
  detached.dispose();
  return handle;
}
