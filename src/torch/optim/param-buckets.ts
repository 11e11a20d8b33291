/** Parameters sorted into lists that one kernel can step, re-sorted only when something changed. */
import { grads as gradsOf } from "../autograd.js";
import { keep } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { Layouts } from "./layouts.js";
import { TensorList } from "./tensor-list.js";

/** What an optimizer remembers of one parameter: statistics in the parameter's shape, and counters. */
export type ParamState = Record<string, Tensor | number>;

/** The same of a bucket: a list with one tensor for each parameter, and counters that all of them share. */
export type BucketState = Record<string, TensorList | number>;

/** Parameters that are stepped together: same key, dtype, device and counters, and all with a gradient. */
export interface Bucket {
  /** Positions in the optimizer's flat list of parameters, ascending. */
  readonly indices: readonly number[];
  readonly params: TensorList;
  readonly state: BucketState;
  /** How the parameters lie in memory; statistics in their shapes lie alike. */
  readonly layouts: Layouts;
}

/** A bucket and this step's gradients of its parameters, which lie in memory as these do. */
export interface BucketStep {
  readonly bucket: Bucket;
  readonly grads: TensorList;
}

/** How to sort. `signature` stands for everything that `keyOf` reads: while it stays, the buckets stay. */
export interface Sorting {
  readonly signature: string;
  /** Parameters with different keys are never stepped together. */
  keyOf(index: number, grad: Tensor): string;
  /** Statistics and counters of parameters that have none yet; `index` is the position of the first of them. */
  init(params: TensorList, index: number): BucketState;
}

/**
 * Keeps an optimizer's state in lists. A parameter joins a bucket at its first gradient; when another set of parameters
 * has gradients (after freezing, or a branch not taken), state goes back to the single parameters and is sorted again,
 * so counters stay right per parameter while a plain step costs one comparison.
 */
export class ParamBuckets {
  readonly #params: readonly Tensor[];
  #states: ParamState[];
  #buckets: Bucket[] = [];
  #signature: string | null = null;
  #present: boolean[] = [];

  constructor(params: readonly Tensor[]) {
    this.#params = params;
    this.#states = params.map(() => ({}));
  }

  /** How many parameters there are. */
  get size(): number {
    return this.#params.length;
  }

  /** The buckets with this step's gradients. */
  collect(sorting: Sorting): BucketStep[] {
    const grads = gradsOf(this.#params);
    if (sorting.signature !== this.#signature || !this.#sameParams(grads)) this.#sort(sorting, grads);
    return this.#buckets.map((bucket) => ({ bucket, grads: bucket.layouts.lay(pick(grads, bucket.indices)) }));
  }

  /** State by parameter, in order. Tensors are the live ones, not copies. */
  states(): ParamState[] {
    for (const { indices, state } of this.#buckets) {
      for (const [name, value] of Object.entries(state)) {
        indices.forEach((index, at) => {
          const own = typeof value === "number" ? value : value[at];
          if (own !== undefined) (this.#states[index] as ParamState)[name] = own;
        });
      }
    }
    return this.#states;
  }

  /** Replaces all state: one record for each parameter, in order. */
  setStates(states: readonly ParamState[]): void {
    this.#states = states.map((state) => ({ ...state }));
    this.#buckets = [];
    this.#signature = null;
  }

  /** Forgets all state. */
  clear(): void {
    this.setStates(this.#params.map(() => ({})));
  }

  #sameParams(grads: readonly (Tensor | null)[]): boolean {
    const same = grads.every((grad, index) => (grad !== null) === this.#present[index]);
    return same && this.#buckets.every(({ layouts }) => layouts.hold);
  }

  #sort(sorting: Sorting, grads: readonly (Tensor | null)[]): void {
    const states = this.states();
    const groups = new Map<string, number[]>();
    this.#params.forEach((param, index) => {
      const grad = grads[index];
      if (!grad) return;
      const key = `${sorting.keyOf(index, grad)}|${param.dtype}|${param.device}|${countersOf(states[index] as ParamState)}`;
      const group = groups.get(key);
      if (group) group.push(index);
      else groups.set(key, [index]);
    });
    this.#buckets = [...groups.values()].map((indices) => this.#bucket(indices, sorting));
    this.#signature = sorting.signature;
    this.#present = grads.map((grad) => grad !== null);
  }

  #bucket(indices: readonly number[], { init }: Sorting): Bucket {
    const params = pick(this.#params, indices);
    const states = indices.map((index) => this.#states[index] as ParamState);
    const index = indices[0] as number;
    const names = Object.keys(init(new TensorList(), index));
    const first = states[0] ?? {};
    const fresh = names.every((name) => name in first) ? {} : init(params, index);
    const state: BucketState = {};
    for (const name of new Set([...names, ...Object.keys(fresh), ...Object.keys(first)])) {
      const value = first[name] ?? fresh[name];
      if (typeof value === "number") state[name] = value;
      else if (name in first) state[name] = new TensorList(states.map((own) => own[name] as Tensor));
      else state[name] = keep(value as TensorList);
    }
    const layouts = new Layouts(params);
    for (const value of Object.values(state)) if (typeof value !== "number") layouts.settle(value);
    return { indices, params, state, layouts };
  }
}

/** Counters and the names of statistics: parameters that differ in either are not stepped together. */
function countersOf(state: ParamState): string {
  const parts = Object.entries(state).map(([name, value]) => (typeof value === "number" ? `${name}=${value}` : name));
  return parts.sort().join();
}

function pick(tensors: readonly (Tensor | null)[], indices: readonly number[]): TensorList {
  return new TensorList(indices.map((index) => tensors[index] as Tensor));
}
