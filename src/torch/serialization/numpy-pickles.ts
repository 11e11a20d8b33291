/** Arrays and numbers of numpy inside pickles: checkpoints hold them as rates and statistics. */
import { FileFormatError } from "../errors.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { MemorySource } from "./byte-source.js";
import { parseDescr, tensorOfArray } from "./npy-dtypes.js";

/** Marks numpy's array class, the only one that is made. */
export const arrayType = Symbol("numpy.ndarray");

/** A dtype: its name at first, the byte order as state. */
export class NumpyDtype {
  #order = "=";
  constructor(private readonly name: string) {}

  setState(state: unknown): this {
    const order: unknown = Array.isArray(state) ? state[1] : undefined;
    if (typeof order === "string") this.#order = order;
    return this;
  }

  /** As an array's header spells it, such as `<f4`. */
  get descr(): string {
    return `${this.#order === "=" ? "<" : this.#order}${this.name}`;
  }
}

/** An array before its state is known. */
export class NumpyArray {
  constructor(type: unknown) {
    if (type !== arrayType) throw refuse("an array of another class");
  }
}

/** The array of a state `(version, shape, dtype, is_fortran, bytes)`. */
export function buildArray(state: unknown): Tensor {
  const [, shape, dtype, fortranOrder, bytes] = Array.isArray(state) ? state : [];
  if (!Array.isArray(shape) || !(dtype instanceof NumpyDtype) || !(bytes instanceof Uint8Array)) {
    throw refuse("an array without shape, dtype or bytes");
  }
  const sizes = shape.map(Number);
  return tensorOfArray(
    new MemorySource(bytes),
    { descr: dtype.descr, shape: sizes, fortranOrder: fortranOrder === true },
    "loadPth",
  );
}

/** `scalar(dtype, bytes)`: a number. */
export function numpyScalar([dtype, bytes]: unknown[]): number | boolean | bigint {
  if (!(dtype instanceof NumpyDtype) || !(bytes instanceof Uint8Array)) throw refuse("a number without dtype or bytes");
  const { dtype: name } = parseDescr(dtype.descr, "loadPth");
  return scope(() => {
    const one = tensorOfArray(
      new MemorySource(bytes),
      { descr: dtype.descr, shape: [], fortranOrder: false },
      "loadPth",
    );
    if (name === "int64" || name === "uint64") {
      const exact = one.itemBigInt();
      return BigInt.asIntN(54, exact) === exact ? Number(exact) : exact;
    }
    return name === "bool" ? one.item() !== 0 : Number(one.item());
  });
}

function refuse(what: string): FileFormatError {
  return new FileFormatError(`loadPth: expected numpy arrays of numbers, got ${what}. The file is damaged.`);
}
