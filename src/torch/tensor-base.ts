/** Base of semantic tensors: subclasses that survive shape-preserving operations and carry metadata (TOR-4). */
import { Tensor } from "./tensor.js";

/** A tensor that knows what it means. Shape-preserving operators return the same class with the same metadata. */
export class TensorBase extends Tensor {
  /** Free-form metadata, such as the size of the image that points belong to. */
  meta: Record<string, unknown> = {};

  override _like(handle: number): Tensor {
    const cls = this.constructor as new (handle: number) => TensorBase; // subclasses keep the one-handle constructor
    const result = new cls(handle);
    result.meta = this.meta;
    return result;
  }

  override as<T extends Tensor>(cls: new (handle: number) => T): T {
    const result = super.as(cls);
    if (result instanceof TensorBase) result.meta = this.meta;
    return result;
  }
}
