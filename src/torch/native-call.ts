/** Turning what a failed native call left behind into a typed error. */
import { native, packed } from "../native.js";
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

// libtorch throws one class for most failures; its message tells them apart.
const byMessage: readonly (readonly [RegExp, ErrorClass])[] = [
  [/can't allocate memory|out of memory/i, OutOfMemoryError],
  [/not implemented for|Could not run/i, NotImplementedError],
  [/same device|device type|CUDA|not linked with support|on the CPU|Expected all tensors/, DeviceError],
  [/shapes? |size|dimension|broadcast|numel|mat1|view size|must match/i, ShapeError],
  [/dtype|scalar type|expected .*(Float|Long|Half|Double|Int|Bool)|can't be cast/, DtypeError],
  [/index|out of range/i, IndexError],
];

function classOf(kind: string, message: string): ErrorClass {
  return byKind[kind] ?? byMessage.find(([pattern]) => pattern.test(message))?.[1] ?? TorchError;
}

function summary(value: unknown): string {
  if (isTensor(value)) {
    if (value._h <= 0) return `a tensor freed by ${freedBy(value._h)}`;
    try {
      return `[${value.shape.join(", ")}] ${value.dtype} on ${value.device}`;
    } catch {
      return "a freed tensor";
    }
  }
  if (Array.isArray(value)) {
    const shown = value.slice(0, 4).map(summary);
    return `[${shown.join(", ")}${value.length > 4 ? `, … ${value.length} in all` : ""}]`;
  }
  if (typeof value === "object" && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, entry]) => `${key}: ${summary(entry)}`)
      .join(", ")} }`;
  }
  return typeof value === "bigint" ? `${value}n` : (JSON.stringify(value) ?? String(value));
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
  const text = kind === "disposed" ? disposedMessage(values) : message;
  const given = values.length === 0 || kind === "disposed" ? "" : ` Got (${values.map(summary).join(", ")}).`;
  return new (classOf(kind, text))(`${op}: ${text}${given}`, { op, trace });
}

/** Throws when the last native call failed. */
export function check(op: string, values: readonly unknown[] = []): void {
  if (packed[0] === -1) throw failure(op, values);
}
