/**
 * Operators as JavaScript functions and methods.
 *
 * NOTE [ shapes of calls ]
 * Which overload a call means depends on the kinds of its arguments and on the names of its options, hardly ever on values.
 * So an operator remembers the overload by these: a tree with a branch for each argument's kind. Choosing among ten
 * overloads takes microseconds, following the tree some tens of nanoseconds. `npm run bench -- op` shows what this is worth.
 */
import { Generator } from "./generator.js";
import { misfit, type OpResult, PlannedCall } from "./op-call.js";
import { type Candidate, candidatesOf, choose, isOptions, type Options, type Spelling, valueOf } from "./op-choice.js";
import { guardOf } from "./op-guards.js";
import { isInteger } from "./op-packing.js";
import { keepsClass } from "./shape-preserving.js";
import { Tensor } from "./tensor.js";

/** A function that calls an operator. */
export type OpFunction = (...args: unknown[]) => OpResult;

// The branches of the tree. 0: the choice may depend on the value itself.
const kinds = {
  other: 0,
  tensor: 1,
  int: 2,
  float: 3,
  bool: 4,
  none: 5,
  missing: 6,
  text: 7,
  ints: 8,
  floats: 9,
  tensors: 10,
} as const;

function arrayKind(values: readonly unknown[]): number {
  let kind = elementKind(values[0]);
  for (let i = 1; i < values.length; i++) {
    const other = elementKind(values[i]);
    if (other === kind) continue;
    if ((kind === kinds.int || kind === kinds.float) && (other === kinds.int || other === kinds.float)) {
      kind = kinds.float;
    } else return kinds.other;
  }
  if (kind === kinds.int) return kinds.ints;
  if (kind === kinds.float) return kinds.floats;
  return kind === kinds.tensor ? kinds.tensors : kinds.other;
}

/** No operator takes arrays of arrays. */
function elementKind(value: unknown): number {
  return Array.isArray(value) ? kinds.other : kindOf(value);
}

function kindOf(value: unknown): number {
  if (value instanceof Tensor) return kinds.tensor;
  if (typeof value === "number") return isInteger(value) ? kinds.int : kinds.float;
  if (typeof value === "boolean") return kinds.bool;
  if (value === undefined) return kinds.missing;
  if (value === null) return kinds.none;
  if (typeof value === "string") return kinds.text;
  return Array.isArray(value) && value.length > 0 ? arrayKind(value) : kinds.other;
}

/** A place in the tree. */
class Shape {
  call: PlannedCall | undefined;
  private readonly arguments: (Shape | undefined)[] = [];
  private options: Map<string, (Shape | undefined)[]> | undefined;

  /** The place after one more argument; null when its value matters. */
  argument(value: unknown): Shape | null {
    return branch(this.arguments, kindOf(value));
  }

  /** The place after one more option. */
  option(name: string, value: unknown): Shape | null {
    this.options ??= new Map();
    let branches = this.options.get(name);
    if (branches === undefined) {
      branches = [];
      this.options.set(name, branches);
    }
    return branch(branches, kindOf(value));
  }
}

function branch(branches: (Shape | undefined)[], kind: number): Shape | null {
  if (kind === kinds.other) return null;
  let shape = branches[kind];
  if (shape === undefined) {
    shape = new Shape();
    branches[kind] = shape;
  }
  return shape;
}

/** An operator, or one overload of it. */
class Operator {
  private readonly candidates: readonly Candidate[];
  private readonly root = new Shape();
  private readonly keeps: boolean;
  private unaryCall: PlannedCall | null | undefined;
  private binaryCall: PlannedCall | null | undefined;

  constructor(
    private readonly name: string,
    spelling: Spelling,
    overload?: string,
  ) {
    const all = candidatesOf(name, spelling);
    this.candidates = overload === undefined ? all : all.filter((one) => one.overload.overload === overload);
    this.keeps = keepsClass(
      name,
      all.some((one) => one.overload.pointwise),
    );
  }

  /** The call on any arguments, the last of which may be the options. The array becomes the operator's. */
  call(given: unknown[]): OpResult {
    const last = given[given.length - 1];
    const options = isOptions(last) ? last : undefined;
    if (options !== undefined) {
      given.pop();
      if (options.generator instanceof Generator) {
        return options.generator.run(() => this.call([...given, { ...options, generator: null }]));
      }
    }
    const planned = this.shape(given, options)?.call;
    if (planned !== undefined) {
      const result = planned.call(given, options, this.keeps);
      if (result !== misfit) return result;
    }
    return this.callAnew(given, options);
  }

  /** The call on one tensor. */
  unary(self: Tensor): OpResult {
    if (this.unaryCall === undefined) this.unaryCall = this.direct([self]);
    return this.unaryCall === null ? this.call([self]) : this.unaryCall.unary(self, this.keeps);
  }

  /** The call on two tensors. */
  binary(self: Tensor, other: Tensor): OpResult {
    if (this.binaryCall === undefined) this.binaryCall = this.direct([self, other]);
    if (this.binaryCall === null) return this.call([self, other]);
    return this.binaryCall.binary(self, other, this.keeps);
  }

  private direct(given: readonly Tensor[]): PlannedCall | null {
    const { planned, stays } = this.plan(given, undefined);
    return stays && planned.inOrder ? planned : null;
  }

  private callAnew(given: readonly unknown[], options: Options | undefined): OpResult {
    const { planned, stays } = this.plan(given, options);
    const shape = stays ? this.shape(given, options) : null;
    if (shape !== null) shape.call ??= planned;
    const result = planned.call(given, options, this.keeps);
    if (result === misfit) throw new TypeError(`${planned.name}: arguments that were chosen for cannot be packed`);
    return result;
  }

  /** A newly chosen overload, and whether it stays the same for other arguments of these kinds. */
  private plan(given: readonly unknown[], options: Options | undefined): { planned: PlannedCall; stays: boolean } {
    const choice = choose(this.name, this.candidates, given, options);
    // A tensor that stands for an integer does so for its dtype and dimensions.
    const stays = choice.sources.every(
      (source) => source.parameter.base === "Tensor" || !(valueOf(source, given, options) instanceof Tensor),
    );
    return { planned: new PlannedCall(choice), stays };
  }

  private shape(given: readonly unknown[], options: Options | undefined): Shape | null {
    let shape: Shape | null = this.root;
    for (let i = 0; i < given.length && shape !== null; i++) shape = shape.argument(given[i]);
    for (const name in options) shape = shape?.option(name, options[name]) ?? null;
    return shape;
  }
}

/** A method that calls `aten::<name>` with `this` as the first argument. The schema is read at the first call. */
export function opMethod(name: string): (this: Tensor, ...args: unknown[]) => OpResult {
  let op: Operator | undefined;
  return function (this: Tensor, first?: unknown): OpResult {
    op ??= new Operator(`aten::${name}`, "camel");
    if (arguments.length === 0) return op.unary(this);
    if (arguments.length === 1 && first instanceof Tensor) return op.binary(this, first);
    const given: unknown[] = [this];
    for (let i = 0; i < arguments.length; i++) given.push(arguments[i]);
    return op.call(given);
  };
}

/** A function that calls the operator, options spelled as asked; an overload may be fixed. */
export function opFunction(name: string, spelling: Spelling = "camel", overload?: string): OpFunction {
  let op: Operator | undefined;
  const run: OpFunction = function (first?: unknown, second?: unknown): OpResult {
    op ??= new Operator(name, spelling, overload);
    if (first instanceof Tensor) {
      if (arguments.length === 1) return op.unary(first);
      if (arguments.length === 2 && second instanceof Tensor) return op.binary(first, second);
    }
    const given: unknown[] = [];
    for (let i = 0; i < arguments.length; i++) given.push(arguments[i]);
    return op.call(given);
  };
  const guard = guardOf(name);
  if (guard === undefined) return run;
  return (...args) => {
    guard(args);
    return run(...args);
  };
}
