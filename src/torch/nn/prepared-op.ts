/** Calls of one overload with the same constants again and again: what a layer does. */
import { packed } from "../../native.js";
import { ValueError } from "../errors.js";
import { failure } from "../native-call.js";
import { parameterOf } from "../op-arguments.js";
import { begin, execute, type PlannedCall, plannedCall, shown } from "../op-call.js";
import { packValue } from "../op-packing.js";
import { Tensor } from "../tensor.js";

/** A constant argument: null is none, an integral number an integer, an array a list of integers. */
export type Constant = number | boolean | null | readonly number[];

/** Constants in packed form, see `packConstants`. */
export type PackedConstants = readonly number[];

const constant = parameterOf({ name: "constant", type: "int[]" });

/** Packs constants once, for many calls. */
export function packConstants(...values: Constant[]): PackedConstants {
  const end = values.reduce((at: number, value) => packValue(at, constant, value), 0);
  return Array.from(packed.subarray(0, end));
}

/**
 * An overload that returns one tensor, called argument by argument: `begin`, then `tensor` and `constants` in the schema's
 * order, then `run`. Nothing is looked up, matched or allocated but the result, which makes a layer's call as cheap as
 * the operator itself. The arguments are not checked against the schema: the layer's constructor has done that.
 */
export class PreparedOp {
  readonly #name: string;
  readonly #overload: string;
  #call: PlannedCall | undefined;
  #at = 0;

  /** `name` without `aten::`, and the overload's name ("" for the default one). */
  constructor(name: string, overload = "") {
    this.#name = `aten::${name}`;
    this.#overload = overload;
  }

  /** Starts a call with this many arguments. */
  begin(count: number): void {
    this.#call ??= plannedCall(this.#name, this.#overload);
    begin(this.#call.id, count);
    this.#at = 2;
  }

  /** Writes a tensor argument; null is none. */
  tensor(value: Tensor | null): void {
    if (value !== null && !(value instanceof Tensor)) throw this.#notTensor(value);
    this.#at = packValue(this.#at, constant, value);
  }

  /** Writes a float argument that may change between calls. */
  float(value: number): void {
    this.#at = packValue(this.#at, constant, value);
  }

  /** Writes a boolean argument that may change between calls. */
  bool(value: boolean): void {
    this.#at = packValue(this.#at, constant, value);
  }

  /** Writes constants. */
  constants(values: PackedConstants): void {
    let at = this.#at;
    for (let i = 0; i < values.length; i++) packed[at++] = values[i] as number; // within the length
    this.#at = at;
  }

  /** Runs the call. The operands are only for the error's message. */
  run(first: Tensor, second?: Tensor | null, third?: Tensor | null): Tensor {
    if (execute()) return shown(this.#name, new Tensor(packed[2] as number)); // one tensor: count, tag, handle
    throw failure(
      this.#name,
      [first, second, third].filter((operand) => operand),
    );
  }

  #notTensor(value: unknown): ValueError {
    return new ValueError(`${this.#name}: expected a Tensor, got ${value === undefined ? "nothing" : typeof value}.`);
  }
}
