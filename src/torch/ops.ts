/** Every registered operator by its own name: `ops.aten.add(a, b)`, `ops.aten.add.Tensor(a, b, { alpha: 2 })`. */
import { native } from "../native.js";
import { ValueError } from "./errors.js";
import type { AtenOps } from "./generated/aten.js";
import { checked } from "./native-call.js";
import type { OpResult } from "./op-call.js";
import { type OpFunction, opFunction } from "./op-callable.js";
import { overloadsOf } from "./op-schema.js";
import type { Tensor } from "./tensor.js";

/** What an operator is called with: values in schema order, then an options object with the schema's names. */
export type OpArgument = unknown;

/** A call of an operator. `R` is what the caller knows it returns. */
export type OpCall = <R extends OpResult = Tensor>(...args: OpArgument[]) => R;

/** An operator; its overloads are properties, the one without a name is `default`. */
export type Op<Overloads extends string = string> = OpCall & { readonly [overload in Overloads]: OpCall };

/** The operators of one namespace. */
export type OpNamespace = { readonly [name: string]: Op };

/** All namespaces, and loading of custom operator libraries. */
export type Ops = { readonly aten: AtenOps } & { readonly [namespace: string]: OpNamespace } & {
  /** Loads a shared library that registers operators (TORCH_LIBRARY). */
  loadLibrary(path: string): void;
  /** Full names of all registered operators, such as `aten::add.Tensor`. */
  names(): string[];
};

function operatorProxy(qualified: string): OpFunction {
  const overloads = overloadsOf(qualified);
  if (overloads.length === 0) {
    throw new ValueError(`ops: expected a registered operator, got "${qualified}". ops.names() lists them all.`);
  }
  const callable = opFunction(qualified, "schema");
  for (const { overload } of overloads) {
    const name = overload === "" ? "default" : overload;
    Object.defineProperty(callable, name, { value: opFunction(qualified, "schema", overload), enumerable: true });
  }
  return callable;
}

/** An object whose properties are made when first asked for. */
function lazily<T>(make: (name: string) => T, fixed: Record<string, unknown> = {}): object {
  return new Proxy(fixed, {
    get(target, name) {
      if (typeof name === "symbol" || name === "then") return undefined;
      if (!Object.hasOwn(target, name)) target[name] = make(name);
      return target[name];
    },
  });
}

function loadLibrary(path: string): void {
  checked("ops.loadLibrary", [path], () => native.loadOpLibrary(path));
}

/** Every registered operator by its own name. */
export const ops = lazily((namespace) => lazily((name) => operatorProxy(`${namespace}::${name}`)), {
  loadLibrary,
  names: () => native.opNames(),
}) as Ops; // a proxy has no static shape
