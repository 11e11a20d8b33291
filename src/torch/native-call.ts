/** Turning what a failed native call left behind into a typed error. */
import { native, packed } from "../native.js";
import { describeValue } from "./checks.js";
import { isTensor } from "./containers.js";
import {
  DeviceError,
  DisposedError,
  DtypeError,
  IndexError,
  NotImplementedError,
  OutOfMemoryError,
  ShapeError,
  TorchError,
  ValueError,
} from "./errors.js";
import { freedBy } from "./scope.js";
import type { Tensor } from "./tensor.js";

type ErrorClass = new (message: string, detail: { op?: string; trace?: string }) => TorchError;

const byKind: Record<string, ErrorClass> = {
  index: IndexError,
  value: ValueError,
  type: DtypeError,
  notImplemented: NotImplementedError,
  outOfMemory: OutOfMemoryError,
  linalg: ValueError,
  disposed: DisposedError,
  argument: ValueError,
};

/** What libtorch says of CUDA where there is none. */
const noCuda =
  /not linked with support for cuda|no NVIDIA driver|No CUDA GPUs|Could not run 'aten::empty\S*' with arguments from the 'CUDA'/i;

/** What libtorch says of an operator that a device lacks goes on with pages of devices that have it. */
const backends = /(Could not run '[^']*' with arguments from the '[^']*' backend\.)[\s\S]*/;

// libtorch throws one class for most failures; its message tells them apart.
const byMessage: readonly (readonly [RegExp, ErrorClass])[] = [
  [/can't allocate memory|out of memory/i, OutOfMemoryError],
  [/not implemented for|Could not run/i, NotImplementedError],
  [/same device|device type|CUDA|not linked with support|on the CPU|Expected all tensors/, DeviceError],
  [/shapes? |size|dimension|dim value|stride value|broadcast|numel|mat1|view size|must match/i, ShapeError],
  [/dtype|scalar type|expected .*(Float|Long|Half|Double|Int|Bool)|can't be cast/, DtypeError],
  [/index|out of range/i, IndexError],
];

function classOf(kind: string, message: string): ErrorClass {
  if (noCuda.test(message)) return DeviceError; // libtorch calls it an operator that is missing, for some
  return byKind[kind] ?? byMessage.find(([pattern]) => pattern.test(message))?.[1] ?? TorchError;
}

function findDisposed(values: readonly unknown[]): Tensor | undefined {
  for (const value of values) {
    if (isTensor(value) && value._h <= 0) return value;
    if (Array.isArray(value)) {
      const inner = findDisposed(value);
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}

function disposedMessage(values: readonly unknown[]): string {
  const by = findDisposed(values);
  const reason = by === undefined ? "a scope that ended or by dispose()" : freedBy(by._h);
  return `the tensor was freed by ${reason}. Use keep(tensor) inside a scope to hold on to it.`;
}

/** The error of the last failed native call, for `op` called with `values`. */
export function failure(op: string, values: readonly unknown[] = []): Error {
  const left = native.takeFailure();
  if (left === undefined) return new TorchError(`${op}: failed without a reason`, { op });
  if ("exception" in left) {
    return left.exception instanceof Error ? left.exception : new TorchError(String(left.exception), { op });
  }
  const { kind = "other", message = "", trace = "" } = left;
  const text = kind === "disposed" ? disposedMessage(values) : message.replace(backends, "$1");
  const given =
    values.length === 0 || kind === "disposed"
      ? ""
      : ` Got (${values.map((value) => describeValue(value)).join(", ")}).`;
  const whole = text.length < message.length ? message : "";
  const hint = noCuda.test(text) ? " cuda.unavailableReason() says why." : "";
  return new (classOf(kind, text))(`${op}: ${text}${given}${hint}`, { op, trace: trace || whole });
}

/** Throws when the last native call failed. */
export function check(op: string, values: readonly unknown[] = []): void {
  if (packed[0] === -1) throw failure(op, values);
}

/** What a native call returns, for the places that may cost a closure; throws when it failed. */
export function checked<T>(op: string, values: readonly unknown[], call: () => T): T {
  packed[0] = 0;
  const result = call();
  check(op, values);
  return result;
}
