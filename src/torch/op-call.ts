/** Choosing an overload, calling it, and reading what comes back. */
import { growPacked, native, packed } from "../native.js";
import { nearestName, OptionError, ValueError } from "./errors.js";
import { failure } from "./native-call.js";
import { isComplexNumber, Leniency, matches, PackedWriter, type Parameter, parameterOf } from "./op-arguments.js";
import { camelCase, type Overload, overloadsOf } from "./op-schema.js";
import { discardResults, Tag } from "./packed.js";
import { checkPressure } from "./pressure.js";
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
  | OpResult[];

/** An overload made ready for calls. */
export interface Candidate {
  readonly name: string;
  readonly overload: Overload;
  readonly parameters: readonly Parameter[];
  /** Option name to argument position. */
  readonly positions: ReadonlyMap<string, number>;
  /** How many leading arguments may be given by position. */
  readonly positional: number;
  /** The argument that the operator changes and returns, or -1. */
  readonly returnsArgument: number;
  readonly resultNames: readonly string[];
}

/** How options are spelled: schema names as they are, or in camelCase. */
export type Spelling = "schema" | "camel";

function candidateOf(name: string, overload: Overload, spelling: Spelling): Candidate {
  const parameters = overload.args.map(parameterOf);
  const spelled = (text: string) => (spelling === "camel" ? camelCase(text) : text);
  const firstKeyword = parameters.findIndex((parameter) => parameter.keywordOnly);
  const inPlace = overload.returns.length > 0 && overload.returns.every((result) => result.writes);
  return {
    name: overload.overload === "" ? name : `${name}.${overload.overload}`,
    overload,
    parameters,
    positions: new Map(parameters.map((parameter, i) => [spelled(parameter.name), i])),
    positional: firstKeyword < 0 ? parameters.length : firstKeyword,
    returnsArgument:
      inPlace && overload.returns.length === 1 ? overload.args.findIndex((argument) => argument.writes) : -1,
    resultNames: overload.returns.map((result) => spelled(result.name)),
  };
}

/** All overloads of an operator, ready for calls. */
export function candidatesOf(name: string, spelling: Spelling): Candidate[] {
  return overloadsOf(name).map((overload) => candidateOf(name, overload, spelling));
}

/** True for a trailing options object. */
export function isOptions(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || value instanceof Tensor || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !isComplexNumber(value);
}

/** The values in schema order, or undefined when they do not fit this overload. */
function arrange(
  candidate: Candidate,
  given: readonly unknown[],
  options: Record<string, unknown> | undefined,
  leniency: number,
): unknown[] | undefined {
  const { parameters } = candidate;
  let positional = given;
  if (given.length > candidate.positional || !fitsByPosition(parameters, given, leniency)) {
    const collected = leniency >= Leniency.runs ? collectSizes(candidate, given) : undefined;
    if (collected === undefined) return undefined;
    positional = collected;
  }
  const values: unknown[] = [...positional];
  if (options !== undefined) {
    for (const key of Object.keys(options)) {
      const at = candidate.positions.get(key);
      if (at === undefined || at < positional.length) return undefined;
      while (values.length < at) values.push(undefined);
      values[at] = options[key];
    }
  }
  for (let i = 0; i < parameters.length; i++) {
    const parameter = parameters[i] as Parameter; // within the length
    const value = values[i];
    if (value === undefined) {
      if (parameter.hasDefault || parameter.optional) continue;
      return undefined;
    }
    if (!matches(parameter, value, leniency)) return undefined;
  }
  return values;
}

function fitsByPosition(parameters: readonly Parameter[], given: readonly unknown[], leniency: number): boolean {
  return given.every((value, i) => {
    const parameter = parameters[i];
    return parameter !== undefined && (value === undefined || matches(parameter, value, leniency));
  });
}

/** `view(2, 3)` for `view([2, 3])`: a run of integers becomes the operator's first list of sizes. */
function collectSizes(candidate: Candidate, given: readonly unknown[]): unknown[] | undefined {
  const at = candidate.parameters.findIndex((parameter) => parameter.base !== "Tensor" || parameter.list);
  const parameter = candidate.parameters[at];
  if (parameter === undefined || !parameter.list || parameter.base !== "int" || parameter.fixedSize > 0)
    return undefined;
  const sizes = given.slice(at);
  if (sizes.length === 0 || !sizes.every((size) => typeof size === "number")) return undefined;
  return [...given.slice(0, at), sizes];
}

/** A chosen overload and its values. */
export interface Choice {
  readonly candidate: Candidate;
  readonly values: readonly unknown[];
}

/** The first overload that the arguments fit. Throws an error that lists the signatures when none does. */
export function choose(name: string, candidates: readonly Candidate[], given: readonly unknown[]): Choice {
  const last = given[given.length - 1];
  const options = isOptions(last) ? last : undefined;
  const positional = options === undefined ? given : given.slice(0, -1);
  for (const leniency of Object.values(Leniency)) {
    for (const candidate of candidates) {
      const values = arrange(candidate, positional, options, leniency);
      if (values !== undefined) return { candidate, values };
    }
  }
  throw noMatch(name, candidates, positional, options);
}

function kindOf(value: unknown): string {
  if (value instanceof Tensor) return "Tensor";
  if (Array.isArray(value)) return value.length === 0 ? "[]" : `${kindOf(value[0])}[]`;
  if (value === null) return "null";
  return typeof value === "number" ? (Number.isInteger(value) ? "int" : "float") : typeof value;
}

function noMatch(
  name: string,
  candidates: readonly Candidate[],
  given: readonly unknown[],
  options: Record<string, unknown> | undefined,
): Error {
  const usual = candidates.filter((candidate) => !candidate.overload.args.some((argument) => argument.out));
  const known = new Set(usual.flatMap((candidate) => [...candidate.positions.keys()]));
  const unknown = Object.keys(options ?? {}).find((key) => !known.has(key));
  const signatures = usual.map((candidate) => `  ${candidate.overload.schema}`).join("\n");
  if (unknown !== undefined) {
    const near = nearestName(unknown, known);
    const hint = near === undefined ? "" : ` Did you mean "${near}"?`;
    const listed = [...known].join(", ");
    return new OptionError(`${name}: expected options among ${listed}, got "${unknown}".${hint}`, { op: name });
  }
  const kinds = given.map(kindOf);
  if (options !== undefined)
    kinds.push(
      `{ ${Object.entries(options)
        .map(([key, value]) => `${key}: ${kindOf(value)}`)
        .join(", ")} }`,
    );
  return new ValueError(`${name}: expected arguments that fit one of\n${signatures}\ngot (${kinds.join(", ")}).`, {
    op: name,
  });
}

const writer = new PackedWriter();

class ResultReader {
  private at = 0;
  constructor(private readonly strings: readonly string[] | undefined) {}

  next(): number {
    return packed[this.at++] ?? 0;
  }

  value(): OpResult {
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
        return this.strings?.[this.next()] ?? "";
      case Tag.BigInt:
        return (BigInt(this.next()) << 32n) | BigInt(this.next());
      case Tag.Device:
        return [this.next(), this.next()];
      case Tag.List:
      case Tag.Tuple:
        return Array.from({ length: this.next() }, () => this.value());
      default:
        return this.next();
    }
  }
}

/** Several results as an array that also has them by the schema's names. */
function named(results: OpResult[], names: readonly string[]): OpResult {
  names.forEach((name, i) => {
    if (name !== "") Object.defineProperty(results, name, { value: results[i], enumerable: false });
  });
  return results;
}

/** Calls a chosen overload. In-place operators return the argument they change. */
export function run({ candidate, values }: Choice): OpResult {
  const { parameters, returnsArgument } = candidate;
  const returnsNothing = returnsArgument >= 0 || candidate.overload.returns.length === 0;
  writer.begin(candidate.overload.id, values.length + (returnsNothing ? discardResults : 0));
  for (let i = 0; i < values.length; i++) writer.value(parameters[i] as Parameter, values[i]); // arranged to fit
  const strings = writer.strings === undefined ? native.call() : native.call(writer.strings);
  if (packed[0] === -1) throw failure(candidate.name, values);
  checkPressure(packed[packed.length - 1] ?? 0);
  if (returnsNothing) return returnsArgument >= 0 ? (values[returnsArgument] as OpResult) : undefined;
  if (packed[0] === -2) growPacked(packed[1] ?? 0);
  return readResults(candidate, strings);
}

function readResults(candidate: Candidate, strings: readonly string[] | undefined): OpResult {
  const reader = new ResultReader(strings);
  const count = reader.next();
  if (count === 1) return reader.value();
  const results = Array.from({ length: count }, () => reader.value());
  return named(results, candidate.resultNames);
}
