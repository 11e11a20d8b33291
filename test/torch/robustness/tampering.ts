/** What a program may do to the prototypes that everything stands on. */
import fc from "fast-check";
import { Tensor, TensorBase } from "../../../src/torch/index.js";
import { HostileError } from "./values.js";

/** A change of a prototype, for the time of one call. */
export interface Tampering {
  readonly text: string;
  /** Makes the change and returns what takes it back. */
  apply(): () => void;
}

function throws(): never {
  throw new HostileError("thrown by a prototype");
}

function replaced(of: object, name: PropertyKey, change: PropertyDescriptor): Tampering {
  return {
    text: ` while ${(of as { constructor: { name: string } }).constructor.name}.prototype.${String(name)} is changed`,
    apply() {
      const original = Object.getOwnPropertyDescriptor(of, name);
      Object.defineProperty(of, name, { configurable: true, ...change });
      return () => {
        if (original === undefined) Reflect.deleteProperty(of, name);
        else Object.defineProperty(of, name, original);
      };
    },
  };
}

const none: Tampering = { text: "", apply: () => () => undefined };

const changes: Tampering[] = [
  replaced(Object.prototype, "dim", { value: 1, enumerable: true }),
  replaced(Object.prototype, "dtype", { value: {}, enumerable: true }),
  replaced(Object.prototype, "re", { get: throws }),
  replaced(Object.prototype, "_h", { value: 1 }),
  replaced(Array.prototype, 0, { get: throws, set: () => undefined }),
  replaced(Array.prototype, "extra", { value: 1, enumerable: true }),
  replaced(Tensor.prototype, "shape", { get: throws }),
  replaced(Tensor.prototype, "shape", { value: "shape" }),
  replaced(Tensor.prototype, "dtype", { value: 7 }),
  replaced(Tensor.prototype, "ndim", { value: -1 }),
  replaced(Tensor.prototype, "_like", { value: () => null }),
  replaced(Tensor.prototype, "_h", { value: 3, writable: true }),
  replaced(TensorBase.prototype, "_like", { value: throws }),
  replaced(Number.prototype, "valueOf", { value: throws }),
];

/** Mostly nothing. */
export const tampering: fc.Arbitrary<Tampering> = fc.oneof(
  { weight: 30, arbitrary: fc.constant(none) },
  { weight: 1, arbitrary: fc.constantFrom(...changes) },
);
