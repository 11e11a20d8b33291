/** Automatic mixed precision: operators choose the dtype they work in. */

import { native, packed } from "../native.js";
import { checkFunction } from "./checks.js";
import { type DType, dtypeCode, dtypeName } from "./dtype.js";
import { checkOptions, OptionError } from "./errors.js";
import { check } from "./native-call.js";

/** Options of `autocast`. */
export interface AutocastOptions {
  /** The kind of device whose operators are meant: "cpu", "cuda". Default "cpu". */
  device?: string;
  /** The dtype of operators that gain from a small one. Default: bfloat16 on the CPU, float16 on CUDA. */
  dtype?: DType;
  /** `false` turns it off inside another `autocast`. Default true. */
  enabled?: boolean;
  /** Whether a parameter is cast once, not at each use. Default true. */
  cacheEnabled?: boolean;
}

interface Setting {
  readonly enabled: boolean;
  readonly dtype: number;
  readonly cached: boolean;
}

function settingOf(device: string): Setting {
  packed[0] = 0;
  native.autocastState(device);
  check("autocast", [device]);
  return { enabled: packed[0] === 1, dtype: packed[1] ?? 0, cached: packed[2] === 1 };
}

function set(device: string, { enabled, dtype, cached }: Setting): void {
  packed[0] = 0;
  native.setAutocast(device, enabled, dtype, cached);
  check("autocast", [device]);
}

/** "cuda:1" is of the kind "cuda". */
function kindOf(device: string): string {
  if (typeof device !== "string") throw new OptionError(`autocast: expected a device's name, got ${typeof device}.`);
  return device.split(":")[0] ?? device;
}

/**
 * Runs `body`, which must not wait, with mixed precision: matrix products and convolutions in `dtype`, sums and losses in
 * float32. The settings are put back afterwards. Backward passes belong outside.
 *
 * @example
 * const pred = autocast({ device: "cuda", dtype: "bfloat16" }, () => net(x)).float();
 */
export function autocast<T>(options: AutocastOptions, body: () => T): T {
  checkFunction("autocast", body);
  checkOptions("autocast", options, ["device", "dtype", "enabled", "cacheEnabled"]);
  const { dtype, enabled = true, cacheEnabled = true } = options;
  if (dtype !== undefined && dtype !== "float16" && dtype !== "bfloat16") {
    throw new OptionError(`autocast: expected dtype "float16" or "bfloat16", got "${dtype}". Choose one of them.`);
  }
  const device = kindOf(options.device ?? "cpu");
  const before = settingOf(device);
  const code = dtype === undefined ? before.dtype : (dtypeCode(dtype) ?? before.dtype);
  set(device, { enabled, dtype: code, cached: cacheEnabled });
  native.autocastNesting(1);
  try {
    return body();
  } finally {
    native.autocastNesting(-1); // the outermost one lets go of the casts
    set(device, before);
  }
}

/** Whether mixed precision is on for a kind of device, and in which dtype. */
export function autocastState(device = "cpu"): { enabled: boolean; dtype: DType } {
  const { enabled, dtype } = settingOf(kindOf(device));
  return { enabled, dtype: dtypeName(dtype) };
}
