/** Making a layer's tensors. */
import { empty, full } from "../creation.js";
import type { Device, DType } from "../dtype.js";
import { type Buffer, buffer, Parameter } from "./parameter.js";

/** Where and in which dtype a layer makes its parameters. */
export interface FactoryOptions {
  /** Default "cpu". */
  device?: Device;
  /** Default: the default dtype, float32. */
  dtype?: DType;
}

/** The option keys of `FactoryOptions`. */
export const factoryKeys = ["device", "dtype"] as const;

/** A parameter whose values are still undefined. */
export function emptyParameter(shape: number[], { device, dtype }: FactoryOptions): Parameter {
  return new Parameter(empty(shape, { device, dtype }));
}

/** A parameter with one value everywhere. */
export function fullParameter(shape: number[], value: number, { device, dtype }: FactoryOptions): Parameter {
  return new Parameter(full(shape, value, { device, dtype: dtype ?? "float32" }));
}

/** A saved buffer with one value everywhere. */
export function fullBuffer(shape: number[], value: number, { device, dtype }: FactoryOptions): Buffer {
  return buffer(full(shape, value, { device, dtype: dtype ?? "float32" }));
}
