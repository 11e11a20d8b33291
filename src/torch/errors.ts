/** Errors by what the caller can do about them. Messages read: where: expected what, got what. Do this. */

/** Extra fields of a {@link TorchError}. */
export interface TorchErrorDetail {
  /** Name of the operation, such as `aten::matmul`. */
  op?: string;
  /** libtorch's own long message with C++ frames. */
  trace?: string;
  cause?: unknown;
}

/** Base of every error that the torch layer raises. */
export class TorchError extends Error {
  /** Name of the operation, such as `aten::matmul`; empty when no operation was involved. */
  readonly op: string;
  /** libtorch's long message with C++ frames; empty when there is none. */
  readonly trace: string;

  constructor(message: string, { op = "", trace = "", cause }: TorchErrorDetail = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.op = op;
    this.trace = trace;
  }
}

/** Shapes that do not go together. */
export class ShapeError extends TorchError {}
/** An index or dimension out of range. */
export class IndexError extends TorchError {}
/** A dtype that the operation does not take. */
export class DtypeError extends TorchError {}
/** Tensors on different devices, or a device that is not there. */
export class DeviceError extends TorchError {}
/** An unknown or contradictory option. */
export class OptionError extends TorchError {}
/** An argument of the right type with a value that cannot be used. */
export class ValueError extends TorchError {}
/** Use of a tensor that was freed. */
export class DisposedError extends TorchError {}
/** No memory left on the device, also after a collection. */
export class OutOfMemoryError extends TorchError {}
/** An operation that libtorch does not have for this dtype, layout or device. */
export class NotImplementedError extends TorchError {}
/** A file that is not what it should be. */
export class FileFormatError extends TorchError {}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The known name nearest to a misspelt one, or undefined when none is near. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const steps = distance(name.toLowerCase(), candidate.toLowerCase());
    if (steps < least) [best, least] = [candidate, steps];
  }
  return best;
}

/** Throws an {@link OptionError} that lists the known keys when `options` holds another one (QRK-15). */
export function checkOptions(where: string, options: object | undefined, known: readonly string[]): void {
  if (options === undefined) return;
  if (typeof options !== "object" || options === null) {
    throw new OptionError(`${where}: expected an object of options, got ${String(options)}.`);
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const near = nearestName(key, known);
    const hint = near === undefined ? "" : ` Did you mean "${near}"?`;
    throw new OptionError(`${where}: expected options among ${known.join(", ")}, got "${key}".${hint}`);
  }
}
