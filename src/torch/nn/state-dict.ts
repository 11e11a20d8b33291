/** A module's state under Python's keys, and putting one back. */
import { noGrad } from "../autograd.js";
import { checkOptions, TorchError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { join, type Node, walk } from "./layout.js";
import { isUninitialized } from "./lazy/uninitialized.js";
import type { Buffer } from "./parameter.js";

/** Tensors by key, as a Map or a plain object. */
export type StateDict = ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>;

/** Options of `loadStateDict`. */
export interface LoadOptions {
  /** Whether a missing or unexpected key is an error. Default true. */
  strict?: boolean;
}

/** What `loadStateDict` found. */
export interface LoadReport {
  /** Keys the module has and the state lacks. */
  missingKeys: string[];
  /** Keys the state has and the module lacks. */
  unexpectedKeys: string[];
}

/** One entry whose shape does not fit. */
export interface ShapeMismatch {
  key: string;
  expected: number[];
  got: number[];
}

/** A state does not fit the module. Nothing was copied. */
export class StateDictError extends TorchError implements LoadReport {
  constructor(
    where: string,
    readonly missingKeys: string[],
    readonly unexpectedKeys: string[],
    readonly mismatched: ShapeMismatch[],
  ) {
    super(describe(where, missingKeys, unexpectedKeys, mismatched));
  }
}

function describe(where: string, missing: string[], unexpected: string[], mismatched: ShapeMismatch[]): string {
  const parts: string[] = [];
  if (missing.length > 0) parts.push(`missing ${quoted(missing)}`);
  if (unexpected.length > 0) parts.push(`unexpected ${quoted(unexpected)}`);
  for (const { key, expected, got } of mismatched) {
    parts.push(`"${key}" expected shape [${expected.join(", ")}], got [${got.join(", ")}]`);
  }
  const advice =
    mismatched.length > 0
      ? "Build the module with the sizes it was saved with, or drop these keys."
      : "Check that the file belongs to this module, or pass { strict: false } to load what fits.";
  return `${where}: expected a state that fits the module, got ${parts.join("; ")}. ${advice}`;
}

function quoted(keys: string[]): string {
  return keys.map((key) => `"${key}"`).join(", ");
}

/** The saved tensors of a module, live (not detached), one entry per key, in PyTorch's order. */
function stateEntries(module: Node, prefix: string): [key: string, value: Tensor][] {
  const entries: [string, Tensor][] = [];
  walk(
    module,
    (_node, path, { parameters, buffers }) => {
      for (const [key, value] of parameters) entries.push([join(path, key), value]);
      for (const [key, value] of buffers) if (value.persistent) entries.push([join(path, key), value]);
    },
    prefix,
  );
  return entries;
}

/** See `Module.stateDict`. */
export function stateDictOf(module: Node, prefix: string): Map<string, Tensor> {
  return new Map(stateEntries(module, prefix).map(([key, value]) => [key, value.detach()]));
}

/** See `Module.loadStateDict`. */
export function loadStateDict(module: Node, state: StateDict, options: LoadOptions): LoadReport {
  const where = `${module.constructor.name}.loadStateDict`;
  checkOptions(where, options, ["strict"]);
  const { strict = true } = options;
  const given = state instanceof Map ? state : new Map(Object.entries(state));
  const targets = stateEntries(module, "");
  const known = new Set(targets.map(([key]) => key));
  const missingKeys = targets
    .filter(([key, value]) => !given.has(key) && !(value as Buffer).optional)
    .map(([key]) => key);
  const unexpectedKeys = [...given.keys()].filter((key) => !known.has(key));
  const pairs = targets.flatMap(([key, target]) => {
    const source: Tensor | undefined = given.get(key);
    return source === undefined ? [] : [{ key, target, source }];
  });
  const mismatched = pairs
    .filter(({ target, source }) => !isUninitialized(target) && !sameShape(target.shape, source.shape))
    .map(({ key, target, source }) => ({ key, expected: target.shape, got: source.shape }));
  if (mismatched.length > 0 || (strict && (missingKeys.length > 0 || unexpectedKeys.length > 0))) {
    throw new StateDictError(where, missingKeys, unexpectedKeys, mismatched);
  }
  noGrad(() => {
    for (const { target, source } of pairs) {
      if (isUninitialized(target)) target.materialize(source.to(target.device).to(target.dtype).clone());
      else target.copy_(source);
    }
  });
  return { missingKeys, unexpectedKeys };
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}
