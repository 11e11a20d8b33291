/**
 * Operators as JavaScript functions and methods.
 *
 * NOTE [ hot calls ]
 * Most calls of a training loop have one or two plain arguments. For these the overload is chosen once and the packed
 * form written directly; everything else goes through `choose`. `npm run bench -- op` shows what this is worth.
 */
import { native, packed } from "../native.js";
import { failure } from "./native-call.js";
import { type Candidate, candidatesOf, choose, type OpResult, run, type Spelling } from "./op-call.js";
import { discardResults, Tag } from "./packed.js";
import { checkPressure } from "./pressure.js";
import { keepsClass } from "./shape-preserving.js";
import { Tensor } from "./tensor.js";

/** A function that calls an operator. */
export type OpFunction = (...args: unknown[]) => OpResult;

/** An overload whose call with plain leading arguments can be packed without looking at its schema again. */
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

/** Plans by what the second argument is; undefined: not looked up yet, null: no direct form. */
class Operator {
  private readonly candidates: readonly Candidate[];
  readonly keeps: boolean;
  unary: HotPlan | null | undefined;
  withTensor: HotPlan | null | undefined;
  withInt: HotPlan | null | undefined;
  withFloat: HotPlan | null | undefined;

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

  get exists(): boolean {
    return this.candidates.length > 0;
  }

  plan(given: readonly unknown[]): HotPlan | null {
    return hotPlan(choose(this.name, this.candidates, given).candidate);
  }

  slow(given: readonly unknown[]): OpResult {
    return run(choose(this.name, this.candidates, given));
  }
}

/** Ends a directly packed call: errors, memory, the result in the class of `self`. */
function finish(plan: HotPlan, keeps: boolean, self: Tensor, other: unknown): Tensor {
  native.call();
  if (packed[0] === -1) {
    throw failure(plan.candidate.name, other === undefined ? [self] : [self, other]);
  }
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
  return finish(plan, keeps, self, undefined);
}

function callBinary(plan: HotPlan, keeps: boolean, self: Tensor, tag: number, value: number, other: unknown): Tensor {
  packed[0] = plan.id;
  packed[1] = plan.inPlace ? 2 + discardResults : 2;
  packed[2] = Tag.Tensor;
  packed[3] = self._h;
  packed[4] = tag;
  packed[5] = value;
  return finish(plan, keeps, self, other);
}

/** The direct form of a call with one more argument, or null when there is none. */
function binary(op: Operator, self: Tensor, other: unknown): Tensor | null {
  if (other instanceof Tensor) {
    if (op.withTensor === undefined) op.withTensor = op.plan([self, other]);
    const plan = op.withTensor;
    return plan === null ? null : callBinary(plan, op.keeps, self, Tag.Tensor, other._h, other);
  }
  if (typeof other !== "number" || Object.is(other, -0)) return null;
  if (Number.isSafeInteger(other)) {
    if (op.withInt === undefined) op.withInt = op.plan([self, other]);
    const plan = op.withInt;
    return plan === null ? null : callBinary(plan, op.keeps, self, Tag.Int, other, other);
  }
  if (op.withFloat === undefined) op.withFloat = op.plan([self, other]);
  const plan = op.withFloat;
  return plan === null ? null : callBinary(plan, op.keeps, self, Tag.Double, other, other);
}

function unary(op: Operator, self: Tensor): Tensor | null {
  if (op.unary === undefined) op.unary = op.plan([self]);
  return op.unary === null ? null : callUnary(op.unary, op.keeps, self);
}

function retype(op: Operator, self: unknown, result: OpResult): OpResult {
  if (!op.keeps || !(self instanceof Tensor) || self._like === Tensor.prototype._like) return result;
  if (!(result instanceof Tensor) || result === self) return result;
  const { _h: handle } = result;
  const retyped = self._like(result.aliasHandle());
  packed[0] = handle;
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
    } else if (arguments.length === 1) {
      const result = binary(op, this, first);
      if (result !== null) return result;
    }
    // A rest parameter would cost the short calls, hence `arguments`.
    return retype(op, this, op.slow([this, ...arguments]));
  };
}

/** A function that calls the operator, options spelled as asked; an overload may be fixed. */
export function opFunction(name: string, spelling: Spelling = "camel", overload?: string): OpFunction {
  let op: Operator | undefined;
  return function (first?: unknown, second?: unknown): OpResult {
    op ??= new Operator(name, spelling, overload);
    if (first instanceof Tensor) {
      const result =
        arguments.length === 1 ? unary(op, first) : arguments.length === 2 ? binary(op, first, second) : null;
      if (result !== null) return result;
    }
    // A rest parameter would cost the short calls, hence `arguments`.
    return retype(op, first, op.slow([...arguments]));
  };
}
