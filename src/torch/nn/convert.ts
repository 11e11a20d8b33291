/** Moving a module's tensors to another device or dtype. */

import { noGrad } from "../autograd.js";
import { type Device, type DType, deviceCode, dtypeCode, isFloatingPoint } from "../dtype.js";
import { checkOptions, ValueError } from "../errors.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { type Node, walk } from "./layout.js";

/** Where `Module.to` sends parameters and buffers. */
export interface ConvertOptions {
  /** "cpu", "cuda", "cuda:1"... Default: stays. */
  device?: Device;
  /** Applies to floating tensors. Default: stays. */
  dtype?: DType;
  /** "channels_last" lays 4-d tensors out by pixel. Default: stays. */
  memoryFormat?: "contiguous_format" | "channels_last" | "channels_last_3d";
}

/** Changes every parameter, its gradient, and every buffer in place. Shared ones are converted once. */
export function convertModule(module: Node, target: Device | DType | ConvertOptions): void {
  const options = typeof target === "string" ? parseTarget(target) : target;
  checkOptions("Module.to", options, ["device", "dtype", "memoryFormat"]);
  const done = new Set<Tensor>();
  scope(() =>
    noGrad(() =>
      walk(module, (_node, _path, { parameters, buffers }) => {
        for (const [, tensor] of [...parameters, ...buffers]) {
          if (done.has(tensor)) continue;
          done.add(tensor);
          const grad = tensor.grad;
          tensor.setData_(convert(tensor, options));
          if (grad) grad.setData_(convert(grad, options));
        }
      }),
    ),
  );
}

function parseTarget(target: Device | DType): ConvertOptions {
  if (dtypeCode(target) !== undefined) return { dtype: target as DType }; // just found among the dtypes
  if (deviceCode(target) !== undefined) return { device: target as Device }; // just found among the devices
  throw new ValueError(
    `Module.to: expected a device such as "cuda:0" or a dtype such as "float16", got "${target}". ` +
      "Give both as { device, dtype }.",
  );
}

function convert(tensor: Tensor, { device, dtype, memoryFormat }: ConvertOptions): Tensor {
  let out = tensor.detach();
  if (device !== undefined) out = out.to(device);
  if (dtype !== undefined && isFloatingPoint(out.dtype)) out = out.to(dtype);
  const rank = memoryFormat === "channels_last" ? 4 : 5;
  if (memoryFormat === "contiguous_format") out = out.contiguous();
  else if (memoryFormat !== undefined && out.ndim === rank) out = out.contiguous({ memoryFormat });
  return out;
}
