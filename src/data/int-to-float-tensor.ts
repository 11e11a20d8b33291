/** Bytes to floats. Source: DTR-13. */
import * as z from "zod";
import { checkOptions } from "../torch/index.js";
import { register } from "../torch/registry.js";
import { dispatch } from "./dispatch.js";
import { Transform } from "./transform.js";
import { TensorImage, type TensorImageBase, TensorMask } from "./types.js";

/** Settings of IntToFloatTensor. */
export interface IntToFloatTensorOptions {
  /** What images are divided by. Default 255. */
  div?: number;
  /** What mask values are divided by, rounding down. Default 1. */
  divMask?: number;
}

/**
 * Photos 0..255 to float32 0..1, masks to int64. Decoding clamps photos to 0..1 and gives int64 0..255. Source: DTR-13.
 */
export class IntToFloatTensor extends Transform<TensorImageBase, TensorImageBase> {
  override order = 10;
  readonly div: number;
  readonly divMask: number;

  constructor(options: IntToFloatTensorOptions = {}) {
    super();
    checkOptions("IntToFloatTensor", options, ["div", "divMask"]);
    this.div = options.div ?? 255;
    this.divMask = options.divMask ?? 1;
  }

  override encodes = dispatch(
    [TensorImage, (x) => x.to("float32").div_(this.div)],
    [
      TensorMask,
      (x) => (this.divMask === 1 ? x.to("int64") : x.to("int64").div(this.divMask, { roundingMode: "floor" })),
    ],
  ) as (x: TensorImageBase) => TensorImageBase;

  override decodes = dispatch([TensorImage, (x) => x.clamp(0, 1).mul(this.div).to("int64")]) as (
    x: TensorImageBase,
  ) => TensorImageBase;
}

register("data.IntToFloatTensor", {
  cls: IntToFloatTensor,
  config: z.object({ div: z.number(), divMask: z.number() }),
  toConfig: (tfm) => ({ div: tfm.div, divMask: tfm.divMask }),
  fromConfig: (config) => new IntToFloatTensor(config),
});
