/**
 * Calls of one overload.
 *
 * NOTE [ calls ]
 * A call is: find the overload, write the arguments, run, read the results. Only the first depends on who calls, and it is
 * done once: by an operator for each shape of a call (op-callable.ts), by a kernel or a layer when it is made
 * ({@link fixedCall}, nn/prepared-op.ts). The rest is here for all of them.
 */
import { native, packed } from "../native.js";
import { ValueError } from "./errors.js";
import { failure } from "./native-call.js";
import { parameterOf } from "./op-arguments.js";
import { type Choice, candidatesOf, type Options, type Source, valueOf } from "./op-choice.js";
import { packValue, takeTexts } from "./op-packing.js";
import { type OpResult, ResultReader } from "./op-results.js";
import { discardResults, Tag } from "./packed.js";
import { checkPressure } from "./pressure.js";
import { Tensor } from "./tensor.js";
import "./warnings.js";

export type { OpResult } from "./op-results.js";

/** Writes the head of a call of `count` arguments; the first goes to position 2. */
export function begin(id: number, count: number): void {
  packed[0] = id;
  packed[1] = count;
}

let resultTexts: string[] | undefined;

/** Runs the call that is packed; `texts`: its strings. False when it failed: then {@link failure} tells why. */
export function execute(texts?: string[]): boolean {
  resultTexts = texts === undefined ? native.call() : native.call(texts);
  if (packed[0] === -1) return false;
  checkPressure(packed[packed.length - 1] as number); // the buffer is never empty
  return true;
}

const noSource: Source = { parameter: parameterOf({ name: "", type: "" }), at: 0, rest: false, option: null };

let watcher: ((op: string, result: OpResult) => void) | null = null;

/** Calls `watch` with the result of each operator from now on; null: no more. */
export function watchResults(watch: typeof watcher): void {
  watcher = watch;
}

/** Shows a result to whom {@link watchResults} set. */
export function shown<T extends OpResult>(op: string, result: T): T {
  watcher?.(op, result);
  return result;
}

/** What {@link PlannedCall.call} returns when a name does not fit. */
export const misfit = Symbol("misfit");

/** An overload with the sources of its arguments, for any number of calls. */
export class PlannedCall {
  readonly name: string;
  readonly id: number;
  private readonly sources: readonly Source[];
  private readonly reader: ResultReader;
  /** The argument that the operator changes and returns, or -1. */
  private readonly returned: number;
  private readonly discards: number;
  private readonly oneTensor: boolean;
  /** Whether the call is the operator's first argument by position, the second, and so on. */
  readonly inOrder: boolean;

  constructor({ candidate, sources }: Choice) {
    const { args, returns, id } = candidate.overload;
    this.name = candidate.name;
    this.id = id;
    this.sources = sources;
    this.reader = new ResultReader(returns, candidate.spelled);
    const inPlace = returns.length === 1 && returns[0]?.writes === true;
    this.returned = inPlace ? args.findIndex((argument) => argument.writes) : -1;
    this.discards = this.returned >= 0 || returns.length === 0 ? discardResults : 0;
    this.oneTensor = returns.length === 1 && returns[0]?.type === "Tensor";
    this.inOrder = sources.every(({ option, rest }) => option === null && !rest);
  }

  /**
   * Calls the operator; {@link misfit} when a name among the arguments does not fit. With `keeps` the result is of the class
   * of the first argument.
   */
  call(given: readonly unknown[], options: Options | undefined, keeps: boolean): OpResult | typeof misfit {
    const { sources } = this;
    let at = 2;
    for (let i = 0; i < sources.length && at > 0; i++) {
      const source = sources[i] as Source; // within the length
      at = packValue(at, source.parameter, valueOf(source, given, options));
    }
    const texts = takeTexts();
    if (at < 0) return misfit;
    begin(this.id, sources.length + this.discards);
    if (!execute(texts)) throw this.failed(given, options);
    const { returned } = this;
    return shown(this.name, this.result(valueOf(sources[Math.max(returned, 0)] ?? noSource, given, options), keeps));
  }

  /** The call on one tensor by position. */
  unary(self: Tensor, keeps: boolean): OpResult {
    begin(this.id, 1 + this.discards);
    packed[2] = Tag.Tensor;
    packed[3] = self._h;
    if (!execute()) throw failure(this.name, [self]);
    return shown(this.name, this.result(self, keeps));
  }

  /** The call on two tensors by position. */
  binary(self: Tensor, other: Tensor, keeps: boolean): OpResult {
    begin(this.id, 2 + this.discards);
    packed[2] = Tag.Tensor;
    packed[3] = self._h;
    packed[4] = Tag.Tensor;
    packed[5] = other._h;
    if (!execute()) throw failure(this.name, [self, other]);
    return shown(this.name, this.result(this.returned === 1 ? other : self, keeps));
  }

  /** What the call left; `self` is the argument that the operator returns, else the first. */
  private result(self: unknown, keeps: boolean): OpResult {
    if (this.discards > 0) return this.returned >= 0 ? (self as OpResult) : undefined; // it was given
    if (!this.oneTensor || packed[1] !== Tag.Tensor) return this.reader.read(resultTexts);
    const handle = packed[2] as number; // count, tag, handle
    return keeps && self instanceof Tensor ? self._like(handle) : new Tensor(handle);
  }

  private failed(given: readonly unknown[], options: Options | undefined): Error {
    return failure(
      this.name,
      this.sources.map((source) => valueOf(source, given, options)),
    );
  }
}

/** A call with all arguments in the schema's order, keyword-only ones included. */
export type FixedCall = (...values: unknown[]) => OpResult;

/**
 * One overload of an operator, chosen by name, once. Its arguments are not looked at: lists of hundreds of tensors cost
 * nothing but their handles.
 * @throws ValueError when this libtorch has no such overload.
 */
export function fixedCall(name: string, overload = ""): FixedCall {
  const call = plannedCall(name, overload);
  return (...values) => {
    const result = call.call(values, undefined, false);
    if (result === misfit) throw new ValueError(`${call.name}: expected a known name, got ${values.map(String)}.`);
    return result;
  };
}

/** The overload of {@link fixedCall} itself. */
export function plannedCall(name: string, overload: string): PlannedCall {
  const candidate = candidatesOf(name, "schema").find((one) => one.overload.overload === overload);
  if (candidate === undefined) {
    throw new ValueError(`${name}: expected overload "${overload}" in this libtorch. Use libtorch 2.11 to 2.15.`);
  }
  const sources = candidate.parameters.map((parameter, at) => ({ parameter, at, rest: false, option: null }));
  return new PlannedCall({ candidate, sources });
}
