/** Calls of one overload with the same constants again and again: what a layer does. */
import { native, packed } from "../../native.js";
import { ValueError } from "../errors.js";
import { failure } from "../native-call.js";
import { overloadsOf } from "../op-schema.js";
import { Tag } from "../packed.js";
import { checkPressure } from "../pressure.js";
import { Tensor } from "../tensor.js";

/** A constant argument: null is none, an integral number an integer, an array a list of integers. */
export type Constant = number | boolean | null | readonly number[];

/** Constants in packed form, see `packConstants`. */
export type PackedConstants = readonly number[];

/** Packs constants once, for many calls. */
export function packConstants(...values: Constant[]): PackedConstants {
  return values.flatMap((value) => {
    if (value === null) return [Tag.None];
    if (typeof value === "boolean") return [Tag.Bool, value ? 1 : 0];
    if (typeof value === "number") return [Number.isSafeInteger(value) ? Tag.Int : Tag.Double, value];
    return [Tag.IntList, value.length, ...value];
  });
}

/**
 * An overload that returns one tensor, called argument by argument: `begin`, then `tensor` and `constants` in the schema's
 * order, then `run`. Nothing is looked up, matched or allocated but the result, which makes a layer's call as cheap as
 * the operator itself. The arguments are not checked against the schema: the layer's constructor has done that.
 */
export class PreparedOp {
  readonly #name: string;
  readonly #overload: string;
  #id = -1;
  #at = 0;

  /** `name` without `aten::`, and the overload's name ("" for the default one). */
  constructor(name: string, overload = "") {
    this.#name = `aten::${name}`;
    this.#overload = overload;
  }

  /** Starts a call with this many arguments. */
  begin(count: number): void {
    if (this.#id < 0) this.#id = this.#find();
    packed[0] = this.#id;
    packed[1] = count;
    this.#at = 2;
  }

  /** Writes a tensor argument; null is none. */
  tensor(value: Tensor | null): void {
    if (value === null) {
      packed[this.#at++] = Tag.None;
      return;
    }
    if (!(value instanceof Tensor)) throw this.#notTensor(value);
    packed[this.#at] = Tag.Tensor;
    packed[this.#at + 1] = value._h;
    this.#at += 2;
  }

  /** Writes a float argument that may change between calls. */
  float(value: number): void {
    packed[this.#at] = Tag.Double;
    packed[this.#at + 1] = value;
    this.#at += 2;
  }

  /** Writes a boolean argument that may change between calls. */
  bool(value: boolean): void {
    packed[this.#at] = Tag.Bool;
    packed[this.#at + 1] = value ? 1 : 0;
    this.#at += 2;
  }

  /** Writes constants. */
  constants(values: PackedConstants): void {
    let at = this.#at;
    for (let i = 0; i < values.length; i++) packed[at++] = values[i] as number; // within the length
    this.#at = at;
  }

  /** Runs the call. The operands are only for the error's message. */
  run(first: Tensor, second?: Tensor | null, third?: Tensor | null): Tensor {
    native.call();
    if (packed[0] === -1)
      throw failure(
        this.#name,
        [first, second, third].filter((operand) => operand),
      );
    checkPressure(packed[packed.length - 1] as number); // the buffer is never empty
    return new Tensor(packed[2] as number); // one tensor: count, tag, handle
  }

  #find(): number {
    const found = overloadsOf(this.#name).find(({ overload }) => overload === this.#overload);
    if (found) return found.id;
    throw new ValueError(
      `${this.#name}: expected overload "${this.#overload}" in this libtorch. Use libtorch 2.11 to 2.14.`,
    );
  }

  #notTensor(value: unknown): ValueError {
    return new ValueError(`${this.#name}: expected a Tensor, got ${value === undefined ? "nothing" : typeof value}.`);
  }
}
