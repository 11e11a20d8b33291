/** Running recorded calls through the addon. */
import * as torch from "../../../src/torch/index.js";
import { camelCase, overloadsOf } from "../../../src/torch/op-schema.js";
import { compare, type Verdict } from "./compare.js";
import type { RecordedCall, RecordedValue } from "./recording.js";
import { ArgumentMaker } from "./values.js";

const { ops, scope, Tensor } = torch;

/** The ways to call an operator: by its own name, as a function of the library, as a method of Tensor. */
export type Way = "ops" | "function" | "method";
type Callable = (...args: unknown[]) => unknown;
interface Bound {
  readonly call: Callable;
  readonly args: unknown[];
}

/** `aten::add.Tensor` as namespace, name and overload. */
function split(op: string): [string, string, string] {
  const [namespace = "", full = ""] = op.split("::");
  const dot = full.indexOf(".");
  return dot < 0 ? [namespace, full, "default"] : [namespace, full.slice(0, dot), full.slice(dot + 1)];
}

const camelKeys = (options: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(options).map(([key, value]) => [camelCase(key), value]));

const functions = torch as unknown as Record<string, unknown>; // looked up by name

/** Written by hand with arguments of their own, and tested elsewhere. */
const handWritten = new Set(
  "arange empty eye full item linspace logspace ones rand randint randn randperm slice to zeros".split(" "),
);

/** `torch.add`, `torch.linalg.svd`. */
function functionOf(name: string): unknown {
  const [, space, rest] = /^(fft|linalg|special)_(\w+)$/.exec(name) ?? [];
  if (space === undefined || rest === undefined) return functions[camelCase(name)];
  return (functions[space] as Record<string, unknown>)[camelCase(rest)];
}

/** The call in one way, or undefined where there is no such function or method. */
function bind(way: Way, op: string, args: unknown[], kwargs: Record<string, unknown>): Bound | undefined {
  const [namespace, name, overload] = split(op);
  if (way === "ops") {
    const op = ops[namespace]?.[name] as Record<string, Callable> | undefined;
    const call = op?.[overload];
    return call && { call, args: [...args, ...(Object.keys(kwargs).length > 0 ? [kwargs] : [])] };
  }
  const all = [...args, ...(Object.keys(kwargs).length > 0 ? [camelKeys(kwargs)] : [])];
  if (way === "function") {
    const call = handWritten.has(name) ? undefined : functionOf(name);
    return typeof call === "function" ? { call: call as Callable, args: all } : undefined;
  }
  const [self, ...rest] = all;
  // x.where(condition, other), as in Python, has not the operator's order.
  if (!(self instanceof Tensor) || handWritten.has(name) || name === "where") return undefined;
  const method: unknown = Reflect.get(Tensor.prototype, camelCase(name), self);
  return typeof method === "function" ? { call: (method as Callable).bind(self), args: rest } : undefined;
}

function argumentNames(op: string): string[] {
  const [namespace, name, overload] = split(op);
  const wanted = overload === "default" ? "" : overload;
  const found = overloadsOf(`${namespace}::${name}`).find((one) => one.overload === wanted);
  return found?.args.map((argument) => argument.name) ?? [];
}

function verdictOf(call: RecordedCall, result: unknown, given: Record<string, unknown>): Verdict {
  const known = call.uninitialised !== true;
  const checks: [unknown, RecordedValue][] = Object.entries(call.after ?? {}).map(([name, after]) => [
    given[name],
    after,
  ]);
  if (call.result !== undefined) checks.push([result, call.result]);
  for (const [got, expected] of checks) {
    const verdict = compare(got, expected, call.results, known);
    if (verdict !== "same bits") return verdict;
  }
  return "same bits";
}

/** Runs a call in one way and compares; undefined when there is no such way. */
export function replay(call: RecordedCall, way: Way): Verdict | undefined {
  return scope(() => {
    const maker = new ArgumentMaker(call.storages);
    const args = call.args.map((value) => maker.value(value));
    const kwargs = Object.fromEntries(Object.entries(call.kwargs).map(([key, value]) => [key, maker.value(value)]));
    const bound = bind(way, call.op, args, kwargs);
    if (bound === undefined) return undefined;
    if (call.seed !== undefined) torch.manualSeed(call.seed);
    try {
      const result = bound.call(...bound.args);
      const names = argumentNames(call.op);
      const given = { ...Object.fromEntries(args.map((value, i) => [names[i], value])), ...kwargs };
      return verdictOf(call, result, given);
    } catch (error) {
      return { differs: `throws ${error instanceof Error ? error.message : String(error)}` };
    }
  });
}
