/** Automatic differentiation beyond `Tensor.backward`. */
import { growPacked, native, packed } from "../native.js";
import { checkFunction, checkTensors } from "./checks.js";
import { zerosLike } from "./creation.js";
import { checkOptions, ValueError } from "./errors.js";
import { check, failure } from "./native-call.js";
import { Tensor } from "./tensor.js";

/** Runs `body` without recording operations for `backward`. */
export function noGrad<T>(body: () => T): T {
  return withGradMode(false, body);
}

/** Runs `body` with recording on, inside a {@link noGrad} too. */
export function enableGrad<T>(body: () => T): T {
  return withGradMode(true, body);
}

/** Whether operations are recorded now. */
export function isGradEnabled(): boolean {
  return native.gradMode();
}

/** Switches recording on or off until it is switched again; prefer {@link noGrad}. Returns the mode before. */
export function setGradEnabled(on: boolean): boolean {
  return native.gradMode(on);
}

function withGradMode<T>(on: boolean, body: () => T): T {
  checkFunction(on ? "enableGrad" : "noGrad", body);
  const before = native.gradMode(on);
  try {
    const result = body();
    if (result instanceof Promise) {
      throw new ValueError(
        "noGrad: expected a synchronous function, got one that returns a promise: the mode holds only while it runs " +
          "synchronously. Call noGrad around each synchronous part.",
      );
    }
    return result;
  } finally {
    native.gradMode(before);
  }
}

/** Runs `body` in inference mode: no recording, no version counting; results can never be used in `backward`. */
export function inferenceMode<T>(body: () => T): T {
  checkFunction("inferenceMode", body);
  let result: T | undefined;
  packed[0] = 0;
  native.inferenceMode(() => {
    result = body();
  });
  check("inferenceMode");
  return result as T; // set by the callback, else check() threw
}

function isListOfTensors(list: readonly (Tensor | null)[]): boolean {
  return Array.isArray(list) && Array.from(list).every((tensor) => tensor === null || tensor instanceof Tensor);
}

/** Writes lists of tensors (null: undefined) one after the other. */
export function packLists(...lists: readonly (readonly (Tensor | null)[])[]): number {
  for (const list of lists) if (!isListOfTensors(list)) checkTensors("autograd", list);
  const total = lists.reduce((sum, list) => sum + list.length + 1, 0);
  growPacked(total + 8);
  let at = 0;
  for (const list of lists) {
    packed[at++] = list.length;
    for (const tensor of list) packed[at++] = tensor === null ? 0 : tensor._h;
  }
  return at;
}

function packFlags(at: number, retainGraph: boolean, createGraph: boolean, allowUnused: boolean): void {
  packed[at] = Number(retainGraph);
  packed[at + 1] = Number(createGraph);
  packed[at + 2] = Number(allowUnused);
}

/** Reads one list of tensors at a position. */
export function unpackList(at = 0): (Tensor | null)[] {
  const count = packed[at] ?? 0;
  const list: (Tensor | null)[] = [];
  for (let i = at + 1; i <= at + count; i++) {
    const handle = packed[i] as number; // native code has written them
    list.push(handle === 0 ? null : new Tensor(handle));
  }
  return list;
}

/** Options of {@link grad}. */
export interface GradOptions {
  /** Gradient of the outputs; ones for scalars by default. */
  gradOutputs?: Tensor | readonly (Tensor | null)[];
  /** Keep the graph for another pass. Default: `createGraph`. */
  retainGraph?: boolean;
  /** Record the gradients' own computation. Default false. */
  createGraph?: boolean;
  /** Null instead of an error for an input that was not used. Default false. */
  allowUnused?: boolean;
  /** Zeros instead of null for an input that was not used. Default false. */
  materializeGrads?: boolean;
}

function asList<T>(value: T | readonly T[]): readonly T[] {
  if (!Array.isArray(value)) return [value as T]; // it does not narrow readonly arrays
  return "map" in value ? value : Array.from(value as ArrayLike<T>); // its prototype may be another
}

/** Gradients of `outputs` with respect to `inputs`, one for each input, without touching any `grad` field. */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions = {},
): (Tensor | null)[] {
  checkOptions("grad", options, ["gradOutputs", "retainGraph", "createGraph", "allowUnused", "materializeGrads"]);
  const { gradOutputs, createGraph = false, retainGraph = createGraph, materializeGrads = false } = options;
  const { allowUnused = materializeGrads } = options;
  const roots = asList(outputs);
  const gradients = gradOutputs === undefined ? roots.map(() => null) : asList(gradOutputs);
  const at = packLists(roots, asList(inputs), gradients);
  packFlags(at, retainGraph, createGraph, allowUnused);
  native.grad();
  if (packed[0] === -1) throw failure("grad", [outputs, inputs]);
  const found = unpackList();
  if (!materializeGrads) return found;
  return found.map((gradient, i) => gradient ?? zerosLike(asList(inputs)[i] as Tensor)); // one for each input
}

/** Options of {@link backward}. */
export interface BackwardListOptions {
  /** Gradient of each tensor; ones for scalars by default. */
  gradients?: Tensor | readonly (Tensor | null)[];
  /** Keep the graph for another pass. Default: `createGraph`. */
  retainGraph?: boolean;
  /** Record the gradients' own computation. Default false. */
  createGraph?: boolean;
}

/** Accumulates gradients of several tensors into the leaves that they were computed from, in one pass. */
export function backward(tensors: Tensor | readonly Tensor[], options: BackwardListOptions = {}): void {
  checkOptions("backward", options, ["gradients", "retainGraph", "createGraph"]);
  const { gradients, createGraph = false, retainGraph = createGraph } = options;
  const roots = asList(tensors);
  const at = packLists(roots, gradients === undefined ? roots.map(() => null) : asList(gradients));
  packFlags(at, retainGraph, createGraph, false);
  native.backward();
  if (packed[0] === -1) throw failure("backward", [tensors]);
}

/** The `grad` fields of many tensors in one native call. */
export function grads(tensors: readonly Tensor[]): (Tensor | null)[] {
  packLists(tensors);
  native.gradients();
  check("grads", [tensors]);
  return unpackList();
}

/** Sets the `grad` fields of many tensors to null in one native call. */
export function zeroGrads(tensors: readonly Tensor[]): void {
  packLists(tensors);
  native.clearGradients();
  check("zeroGrads", [tensors]);
}
