/** Reading what an operator returns. */
import { growPacked, packed } from "../native.js";
import { deviceName, dtypeName, layoutName } from "./dtype.js";
import type { SchemaArgument } from "./op-schema.js";
import { Tag } from "./packed.js";
import { Tensor } from "./tensor.js";

/** A value an operator may return. */
export type OpResult =
  | Tensor
  | number
  | bigint
  | boolean
  | string
  | null
  | undefined
  | { re: number; im: number }
  | OpResult[]
  | Map<OpResult, OpResult>;

/** Several results: an array that also has them by the schema's names. */
class Results extends Array<OpResult> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

/** Reads the results of one overload. */
export class ResultReader {
  private readonly make: new () => Results;
  private texts: readonly string[] | undefined;
  private at = 0;

  /** The results' schemas, and how their names are spelled. */
  constructor(
    private readonly returns: readonly SchemaArgument[],
    spelled: (name: string) => string,
  ) {
    this.make = class extends Results {};
    returns.forEach(({ name }, i) => {
      const get = function (this: OpResult[]): OpResult {
        return this[i];
      };
      if (name !== "") Object.defineProperty(this.make.prototype, spelled(name), { get });
    });
  }

  /** The results that a call left in the packed buffer; `texts`: its strings. */
  read(texts: readonly string[] | undefined): OpResult {
    if (packed[0] === -2) growPacked(packed[1] ?? 0);
    this.texts = texts;
    this.at = 0;
    const count = this.next();
    if (count === 1) return this.result(0);
    const results = new this.make();
    for (let i = 0; i < count; i++) results.push(this.result(i));
    return results;
  }

  private next(): number {
    return packed[this.at++] ?? 0;
  }

  private result(i: number): OpResult {
    const value = this.value();
    if (typeof value !== "number") return value;
    const type = this.returns[i]?.type;
    if (type === "ScalarType") return dtypeName(value);
    return type === "Layout" ? layoutName(value) : value;
  }

  private value(): OpResult {
    const tag = this.next();
    switch (tag) {
      case Tag.None:
        return null;
      case Tag.Tensor:
        return new Tensor(this.next());
      case Tag.Bool:
        return this.next() !== 0;
      case Tag.Complex:
        return { re: this.next(), im: this.next() };
      case Tag.String:
        return this.texts?.[this.next()] ?? "";
      case Tag.BigInt:
        return (BigInt(this.next()) << 32n) | BigInt(this.next());
      case Tag.Device:
        return deviceName(this.next(), this.next());
      case Tag.List:
      case Tag.Tuple:
        return Array.from({ length: this.next() }, () => this.value());
      case Tag.Dict:
        return new Map(Array.from({ length: this.next() }, () => [this.value(), this.value()]));
      default:
        return this.next();
    }
  }
}
