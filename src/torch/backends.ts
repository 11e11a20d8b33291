/** Choices about how exact, how fast and how repeatable operators are: for the whole process. */
import { native, packed } from "../native.js";
import { checkOptions, ValueError } from "./errors.js";
import { checked } from "./native-call.js";

function readFlag(name: string): boolean {
  checked(`backends.${name}`, [], () => native.flag(name));
  return packed[0] === 1;
}

function writeFlag(name: string, on: boolean): void {
  if (typeof on !== "boolean") {
    throw new ValueError(`backends.${name}: expected true or false, got ${String(on)}.`);
  }
  checked(`backends.${name}`, [on], () => native.flag(name, on));
}

/** Switches of NVIDIA's libraries; they may be read and set without a GPU. PyTorch's `torch.backends`. */
export const backends = {
  /** The library of convolutions and recurrent layers. */
  cudnn: {
    /** Whether it is used at all. Default true. */
    get enabled(): boolean {
      return readFlag("cudnn.enabled");
    },
    set enabled(on: boolean) {
      writeFlag("cudnn.enabled", on);
    },
    /** Whether the first convolution of each shape tries all algorithms and takes the fastest. Default false. */
    get benchmark(): boolean {
      return readFlag("cudnn.benchmark");
    },
    set benchmark(on: boolean) {
      writeFlag("cudnn.benchmark", on);
    },
    /** Whether only algorithms are taken that give the same bits every time. Default false. */
    get deterministic(): boolean {
      return readFlag("cudnn.deterministic");
    },
    set deterministic(on: boolean) {
      writeFlag("cudnn.deterministic", on);
    },
    /** Whether float32 convolutions may be worked out in TF32, with 10 bits of mantissa. Default true. */
    get allowTf32(): boolean {
      return readFlag("cudnn.allowTf32");
    },
    set allowTf32(on: boolean) {
      writeFlag("cudnn.allowTf32", on);
    },
  },
  cuda: {
    matmul: {
      /** Whether float32 matrix products may be worked out in TF32. Default false. */
      get allowTf32(): boolean {
        return readFlag("matmul.allowTf32");
      },
      set allowTf32(on: boolean) {
        writeFlag("matmul.allowTf32", on);
      },
    },
  },
};

/** How exact float32 matrix products are: float32's own arithmetic, TF32, bfloat16. */
export type Float32MatmulPrecision = "highest" | "high" | "medium";
const precisions: readonly Float32MatmulPrecision[] = ["highest", "high", "medium"];

/** See {@link setFloat32MatmulPrecision}. Default `"highest"`. */
export function getFloat32MatmulPrecision(): Float32MatmulPrecision {
  checked("getFloat32MatmulPrecision", [], () => native.matmulPrecision());
  return precisions[packed[0] ?? 0] ?? "highest";
}

/** Lets float32 matrix products be less exact where the device is faster for it (GPUs, CPUs with bfloat16 units). */
export function setFloat32MatmulPrecision(precision: Float32MatmulPrecision): void {
  if (!precisions.includes(precision)) {
    throw new ValueError(`setFloat32MatmulPrecision: expected ${precisions.join(", ")}, got ${String(precision)}.`);
  }
  checked("setFloat32MatmulPrecision", [precision], () => native.matmulPrecision(precision));
}

/** Options of {@link useDeterministicAlgorithms}. */
export interface DeterministicOptions {
  /** Whether an operator without a deterministic algorithm warns instead of throwing. Default false. */
  warnOnly?: boolean;
}

/**
 * Takes algorithms that give the same bits every time, where there are several; operators that have none such throw
 * `TorchError` from now on. `empty` fills with NaN then, so that nothing depends on what memory held before.
 */
export function useDeterministicAlgorithms(on: boolean, options: DeterministicOptions = {}): void {
  checkOptions("useDeterministicAlgorithms", options, ["warnOnly"]);
  checked("useDeterministicAlgorithms", [on], () => native.deterministic(on, options.warnOnly ?? false));
}

/** Whether {@link useDeterministicAlgorithms} is on. */
export function areDeterministicAlgorithmsEnabled(): boolean {
  native.deterministic();
  return packed[0] === 1;
}

/** Whether it only warns. */
export function isDeterministicAlgorithmsWarnOnlyEnabled(): boolean {
  native.deterministic();
  return packed[1] === 1;
}
