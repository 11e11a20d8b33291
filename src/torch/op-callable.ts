/**
 * Operators as JavaScript functions and methods.
 *
 * NOTE [ hot calls ]
 * Most calls of a training loop have one or two plain arguments. For these the overload is chosen once and the packed
 * form written directly; everything else goes through `choose`. `npm run bench -- op` shows what this is worth.
 */
import { growPackedKeeping, native, packed } from "../native.js";
import { failure } from "./native-call.js";
import { type Candidate, candidatesOf, choose, type OpResult, run, type Spelling } from "./op-call.js";
import { discardResults, Tag } from "./packed.js";
import { checkPressure } from "./pressure.js";
import { keepsClass } from "./shape-preserving.js";
import { Tensor } from "./tensor.js";

/** A function that calls an operator. */
export type OpFunction = (...args: unknown[]) => OpResult;

/** An overload whose call with plain arguments can be packed without looking at its schema again. */
interface HotPlan {
  readonly candidate: Candidate;
  readonly id: number;
  readonly inPlace: boolean;
}

function hotPlan(candidate: Candidate): HotPlan | null {
  const { returns } = candidate.overload;
  const inPlace = candidate.returnsArgument === 0;
  if (!inPlace && (returns.length !== 1 || returns[0]?.type !== "Tensor")) return null;
  return { candidate, id: candidate.overload.id, inPlace };
}

// Codes of plain values; together they make the key of a remembered overload. 0: the choice depends on the value.
const kinds = { other: 0, tensor: 1, int: 2, float: 3, bool: 4, none: 5, ints: 6, tensors: 7 } as const;

function isInt(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && !Object.is(value, -0);
}

function arrayKind(values: readonly unknown[]): number {
  if (values.length === 0) return kinds.other;
  if (values.every(isInt)) return kinds.ints;
  return values.every((value) => value instanceof Tensor) ? kinds.tensors : kinds.other;
}

function kindOf(value: unknown): number {
  if (value instanceof Tensor) return kinds.tensor;
  if (typeof value === "number") return isInt(value) ? kinds.int : kinds.float;
  if (typeof value === "boolean") return kinds.bool;
  if (value === null) return kinds.none;
  return Array.isArray(value) ? arrayKind(value) : kinds.other;
}

/** A number for the kinds of all arguments, or 0 when one of them is not plain. */
function signature(given: ArrayLike<unknown>): number {
  if (given.length > 12) return 0;
  let key = 1;
  for (let i = 0; i < given.length; i++) {
    const kind = kindOf(given[i]);
    if (kind === kinds.other) return 0;
    key = key * 8 + kind;
  }
  return key;
}

/** An operator with the overloads it was called with so far, by {@link signature}; null: no direct form. */
class Operator {
  private readonly candidates: readonly Candidate[];
  private readonly plans = new Map<number, HotPlan | null>();
  readonly keeps: boolean;
  unary: HotPlan | null | undefined;
  withTensor: HotPlan | null | undefined;

  constructor(
    readonly name: string,
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

  /** The plan for arguments that are all plain and stand in schema order. */
  plan(given: readonly unknown[]): HotPlan | null {
    const key = signature(given);
    if (key === 0) return null;
    let plan = this.plans.get(key);
    if (plan === undefined) {
      const { candidate, values } = choose(this.name, this.candidates, given);
      const inOrder = values.length === given.length && values.every((value, i) => value === given[i]);
      plan = inOrder ? hotPlan(candidate) : null;
      this.plans.set(key, plan);
    }
    return plan;
  }

  call(given: readonly unknown[]): OpResult {
    const plan = given[0] instanceof Tensor ? this.plan(given) : null;
    if (plan !== null) return callPlain(plan, this.keeps, given);
    return retype(this, given[0], run(choose(this.name, this.candidates, given)));
  }
}

/** Ends a directly packed call: errors, memory, the result in the class of `self`. */
function finish(plan: HotPlan, keeps: boolean, self: Tensor, given?: readonly unknown[]): Tensor {
  native.call();
  if (packed[0] === -1) throw failure(plan.candidate.name, given ?? [self]);
  checkPressure(packed[packed.length - 1] as number); // the buffer is never empty
  if (plan.inPlace) return self;
  const handle = packed[2] as number; // one tensor: count, tag, handle
  return keeps ? self._like(handle) : new Tensor(handle);
}

function callUnary(plan: HotPlan, keeps: boolean, self: Tensor): Tensor {
  packed[0] = plan.id;
  packed[1] = plan.inPlace ? 1 + discardResults : 1;
  packed[2] = Tag.Tensor;
  packed[3] = self._h;
  return finish(plan, keeps, self);
}

function callWithTensor(plan: HotPlan, keeps: boolean, self: Tensor, other: Tensor): Tensor {
  packed[0] = plan.id;
  packed[1] = plan.inPlace ? 2 + discardResults : 2;
  packed[2] = Tag.Tensor;
  packed[3] = self._h;
  packed[4] = Tag.Tensor;
  packed[5] = other._h;
  native.call();
  if (packed[0] === -1) throw failure(plan.candidate.name, [self, other]);
  checkPressure(packed[packed.length - 1] as number); // the buffer is never empty
  if (plan.inPlace) return self;
  return keeps ? self._like(packed[2] as number) : new Tensor(packed[2] as number); // count, tag, handle
}

function packArray(at: number, values: readonly unknown[]): number {
  const tensors = values[0] instanceof Tensor;
  growPackedKeeping(at + values.length + 8);
  packed[at] = tensors ? Tag.TensorList : Tag.IntList;
  packed[at + 1] = values.length;
  for (let i = 0; i < values.length; i++) {
    packed[at + 2 + i] = tensors ? (values[i] as Tensor)._h : (values[i] as number); // kinds saw all of one sort
  }
  return at + 2 + values.length;
}

/** Packs one plain value; returns the position after it. */
function packPlain(at: number, value: unknown): number {
  if (Array.isArray(value)) return packArray(at, value);
  if (value === null) {
    packed[at] = Tag.None;
    return at + 1;
  }
  if (value instanceof Tensor) {
    packed[at] = Tag.Tensor;
    packed[at + 1] = value._h;
  } else if (typeof value === "boolean") {
    packed[at] = Tag.Bool;
    packed[at + 1] = value ? 1 : 0;
  } else {
    packed[at] = isInt(value) ? Tag.Int : Tag.Double;
    packed[at + 1] = value as number; // the kinds leave nothing else
  }
  return at + 2;
}

function callPlain(plan: HotPlan, keeps: boolean, given: readonly unknown[]): Tensor {
  let at = 2;
  for (let i = 0; i < given.length; i++) at = packPlain(at, given[i]);
  packed[0] = plan.id;
  packed[1] = plan.inPlace ? given.length + discardResults : given.length;
  return finish(plan, keeps, given[0] as Tensor, given); // call() made sure of the first argument
}

/** The direct form of a call on tensors alone, or null when there is none. */
function withTensor(op: Operator, self: Tensor, other: Tensor): Tensor | null {
  if (op.withTensor === undefined) op.withTensor = op.plan([self, other]);
  return op.withTensor === null ? null : callWithTensor(op.withTensor, op.keeps, self, other);
}

function unary(op: Operator, self: Tensor): Tensor | null {
  if (op.unary === undefined) op.unary = op.plan([self]);
  return op.unary === null ? null : callUnary(op.unary, op.keeps, self);
}

function retype(op: Operator, self: unknown, result: OpResult): OpResult {
  if (!op.keeps || !(self instanceof Tensor) || self._like === Tensor.prototype._like) return result;
  if (!(result instanceof Tensor) || result === self) return result;
  const retyped = self._like(result.aliasHandle());
  result.dispose();
  return retyped;
}

/** A method that calls `aten::<name>` with `this` as the first argument. The schema is read at the first call. */
export function opMethod(name: string): (this: Tensor, ...args: unknown[]) => OpResult {
  let op: Operator | undefined;
  return function (this: Tensor, first?: unknown): OpResult {
    op ??= new Operator(`aten::${name}`, "camel");
    if (arguments.length === 0) {
      const result = unary(op, this);
      if (result !== null) return result;
    } else if (arguments.length === 1 && first instanceof Tensor) {
      const result = withTensor(op, this, first);
      if (result !== null) return result;
    }
    // A rest parameter would cost the short calls, hence `arguments`.
    return op.call([this, ...arguments]);
  };
}

/** A function that calls the operator, options spelled as asked; an overload may be fixed. */
export function opFunction(name: string, spelling: Spelling = "camel", overload?: string): OpFunction {
  let op: Operator | undefined;
  return function (first?: unknown, second?: unknown): OpResult {
    op ??= new Operator(name, spelling, overload);
    if (first instanceof Tensor) {
      if (arguments.length === 1) {
        const result = unary(op, first);
        if (result !== null) return result;
      } else if (arguments.length === 2 && second instanceof Tensor) {
        const result = withTensor(op, first, second);
        if (result !== null) return result;
      }
    }
    // A rest parameter would cost the short calls, hence `arguments`.
    return op.call([...arguments]);
  };
}
