/** Choosing an overload for the arguments of a call. */
import { nearestName, OptionError, ValueError } from "./errors.js";
import { isComplexNumber, Leniency, matches, type Parameter, parameterOf } from "./op-arguments.js";
import { camelCase, type Overload, overloadsOf } from "./op-schema.js";
import { Tensor } from "./tensor.js";

/** Options by name. */
export type Options = Record<string, unknown>;

/** An overload with what choosing and calling it need. */
export interface Candidate {
  readonly name: string;
  readonly overload: Overload;
  readonly parameters: readonly Parameter[];
  /** Option name to argument position. */
  readonly positions: ReadonlyMap<string, number>;
  /** How many leading arguments may be given by position. */
  readonly positional: number;
  readonly spelled: (name: string) => string;
}

/** How options are spelled: schema names as they are, or in camelCase. */
export type Spelling = "schema" | "camel";

function candidateOf(name: string, overload: Overload, spelling: Spelling): Candidate {
  const parameters = overload.args.map(parameterOf);
  const spelled = (text: string) => (spelling === "camel" ? camelCase(text) : text);
  const firstKeyword = parameters.findIndex((parameter) => parameter.keywordOnly);
  return {
    name: overload.overload === "" ? name : `${name}.${overload.overload}`,
    overload,
    parameters,
    positions: new Map(parameters.map((parameter, i) => [spelled(parameter.name), i])),
    positional: firstKeyword < 0 ? parameters.length : firstKeyword,
    spelled,
  };
}

/** All overloads of an operator, ready for calls. */
export function candidatesOf(name: string, spelling: Spelling): Candidate[] {
  return overloadsOf(name).map((overload) => candidateOf(name, overload, spelling));
}

/** True for a trailing options object. */
export function isOptions(value: unknown): value is Options {
  if (typeof value !== "object" || value === null || value instanceof Tensor || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !isComplexNumber(value);
}

/** Where an argument's value is: at a position, in all positions from one on, or in an option. */
export interface Source {
  readonly parameter: Parameter;
  readonly at: number;
  readonly rest: boolean;
  readonly option: string | null;
}

/** The value of a source in a call; undefined: the default. */
export function valueOf(
  { at, rest, option }: Source,
  given: readonly unknown[],
  options: Options | undefined,
): unknown {
  if (option !== null) return options?.[option];
  return rest ? given.slice(at) : given[at];
}

/** A chosen overload and where its arguments come from, in the schema's order. */
export interface Choice {
  readonly candidate: Candidate;
  readonly sources: readonly Source[];
}

function fitsByPosition({ parameters, positional }: Candidate, given: readonly unknown[], leniency: number): boolean {
  if (given.length > positional) return false;
  return given.every((value, i) => value === undefined || matches(parameters[i] as Parameter, value, leniency)); // fewer
}

/** `view(2, 3)` for `view([2, 3])`: where a run of integers begins that is the operator's first list of sizes, or -1. */
function startOfSizes({ parameters }: Candidate, given: readonly unknown[]): number {
  const at = parameters.findIndex((parameter) => parameter.base !== "Tensor" || parameter.list);
  const parameter = parameters[at];
  if (parameter === undefined || !parameter.list || parameter.base !== "int" || parameter.fixedSize > 0) return -1;
  const sizes = given.slice(at);
  return sizes.length > 0 && sizes.every((size) => typeof size === "number") ? at : -1;
}

/** The sources when the arguments fit this overload. */
function arrange(
  candidate: Candidate,
  given: readonly unknown[],
  options: Options | undefined,
  leniency: number,
): Source[] | undefined {
  const { parameters, positions } = candidate;
  const direct = fitsByPosition(candidate, given, leniency);
  const rest = direct || leniency < Leniency.runs ? -1 : startOfSizes(candidate, given);
  if (!direct && rest < 0) return undefined;
  const taken = direct ? given.length : rest + 1;
  const byOption = new Map<number, string>();
  for (const key of Object.keys(options ?? {})) {
    const at = positions.get(key);
    if (at === undefined || at < taken) return undefined;
    byOption.set(at, key);
  }
  const last = Math.max(taken - 1, ...byOption.keys());
  const sources = parameters
    .slice(0, last + 1)
    .map((parameter, at) => ({ parameter, at, rest: at === rest, option: byOption.get(at) ?? null }));
  const fits = parameters.every((parameter, i) => {
    const source = sources[i];
    return matches(parameter, source && valueOf(source, given, options), leniency);
  });
  return fits ? sources : undefined;
}

/** The first overload that the arguments fit. Throws an error that lists the signatures when none does. */
export function choose(
  name: string,
  candidates: readonly Candidate[],
  given: readonly unknown[],
  options: Options | undefined,
): Choice {
  for (const leniency of Object.values(Leniency)) {
    for (const candidate of candidates) {
      const sources = arrange(candidate, given, options, leniency);
      if (sources !== undefined) return { candidate, sources };
    }
  }
  throw noMatch(name, candidates, given, options);
}

function kindOf(value: unknown): string {
  if (value instanceof Tensor) return "Tensor";
  if (Array.isArray(value)) return value.length === 0 || value[0] === value ? "[]" : `${kindOf(value[0])}[]`;
  if (value === null) return "null";
  return typeof value === "number" ? (Number.isInteger(value) ? "int" : "float") : typeof value;
}

function noMatch(
  name: string,
  candidates: readonly Candidate[],
  given: readonly unknown[],
  options: Options | undefined,
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
  if (options !== undefined) {
    const entries = Object.entries(options).map(([key, value]) => `${key}: ${kindOf(value)}`);
    kinds.push(`{ ${entries.join(", ")} }`);
  }
  return new ValueError(`${name}: expected arguments that fit one of\n${signatures}\ngot (${kinds.join(", ")}).`, {
    op: name,
  });
}
