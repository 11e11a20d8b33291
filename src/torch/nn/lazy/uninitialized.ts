/** Parameters and buffers whose shape is not known yet. */
import { empty } from "../../creation.js";
import type { Tensor } from "../../tensor.js";
import type { FactoryOptions } from "../factory.js";
import { Buffer, Parameter } from "../parameter.js";

/** A tensor that will get its shape. Until then it has no elements. */
export interface Uninitialized extends Tensor {
  /** Takes over a tensor's shape and values, and becomes an ordinary parameter or buffer. */
  materialize(data: Tensor): void;
}

/** A parameter whose shape is not known yet. */
export class UninitializedParameter extends Parameter implements Uninitialized {
  constructor({ device, dtype }: FactoryOptions = {}) {
    super(empty([0], { device, dtype }));
  }

  materialize(data: Tensor): void {
    this.setData_(data.detach());
    Object.setPrototypeOf(this, Parameter.prototype);
  }
}

/** A buffer whose shape is not known yet. */
export class UninitializedBuffer extends Buffer implements Uninitialized {
  constructor({ device, dtype }: FactoryOptions = {}) {
    super(empty([0], { device, dtype }));
  }

  materialize(data: Tensor): void {
    this.setData_(data.detach());
    Object.setPrototypeOf(this, Buffer.prototype);
  }
}

/** Whether a tensor still waits for its shape. */
export function isUninitialized(tensor: Tensor): tensor is Uninitialized {
  return tensor instanceof UninitializedParameter || tensor instanceof UninitializedBuffer;
}
