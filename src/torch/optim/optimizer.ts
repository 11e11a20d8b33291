/** What every `torch.optim` optimizer shares: parameter groups, state by parameter, state dicts in Python's layout. */
import { enableGrad, noGrad, zeroGrads } from "../autograd.js";
import { tensor } from "../creation.js";
import { checkOptions, ValueError } from "../errors.js";

import { keep, scope } from "../scope.js";
import { Tensor } from "../tensor.js";
import { type BucketState, type BucketStep, ParamBuckets, type ParamState } from "./param-buckets.js";
import { ourKeys, pythonKeys } from "./python-names.js";
import type { TensorList } from "./tensor-list.js";

/** A group of parameters with its own hyper-parameters. Change the fields between steps as you like (`group.lr = 0.1`). */
export type ParamGroup<Hypers extends object> = Hypers & { readonly params: readonly Tensor[] };

/** What an optimizer takes: parameters, or groups of them with hyper-parameters that differ from the common ones. */
export type Params<Hypers extends object> =
  | Iterable<Tensor>
  | Iterable<Partial<Hypers> & { readonly params: Iterable<Tensor> | Tensor }>;

/** A value in a saved parameter group. */
export type SavedHyper = number | boolean | string | null | readonly number[];

/** An optimizer's state as PyTorch lays it out; keys in Python's spelling, parameters by their position. */
export interface OptimStateDict {
  readonly state: Readonly<Record<string, Readonly<Record<string, Tensor | number>>>>;
  readonly param_groups: readonly Readonly<Record<string, SavedHyper>>[];
}

/**
 * Base class of the optimizers. A subclass names its hyper-parameters' defaults and updates one bucket (parameters that
 * can be stepped together) at a time. Parameters without a gradient are left alone.
 */
export abstract class Optimizer<Hypers extends object> {
  /** The groups, in order; `optimizer.paramGroups[0].lr` is what schedulers change. */
  readonly paramGroups: ParamGroup<Hypers>[] = [];
  readonly #defaults: Required<Hypers>;
  #params: readonly Tensor[] = [];
  #groupOf: readonly number[] = [];
  #buckets = new ParamBuckets([]);

  constructor(params: Params<Hypers>, options: Partial<Hypers>, defaults: Required<Hypers>) {
    const where = new.target.name;
    checkOptions(where, options, Object.keys(defaults));
    this.#defaults = { ...defaults, ...options };
    const items = [...params];
    if (items.length === 0) {
      throw new ValueError(`${where}: expected parameters, got none. Pass module.parameters() or a list of groups.`);
    }
    const groups = items.every(isTensor) ? [{ params: items } as Partial<Hypers> & { params: Tensor[] }] : items;
    for (const group of groups) this.addParamGroup(group as Partial<Hypers> & { params: Iterable<Tensor> | Tensor });
  }

  /** Adds parameters, for instance of layers unfrozen during training, with hyper-parameters of their own. */
  addParamGroup(group: Partial<Hypers> & { readonly params: Iterable<Tensor> | Tensor }): void {
    const where = this.constructor.name;
    checkOptions(where, group, ["params", ...Object.keys(this.#defaults)]);
    const params = group.params instanceof Tensor ? [group.params] : [...group.params];
    const known = new Set(this.#params);
    for (const param of params) {
      if (known.has(param)) {
        throw new ValueError(`${where}: expected each parameter once, got one of shape [${param.shape}] twice.`);
      }
      if (!param.isLeaf) {
        throw new ValueError(
          `${where}: expected leaf tensors, got a result of ${param.gradFn}. Pass its inputs instead.`,
        );
      }
      known.add(param);
    }
    const hypers = { ...this.#defaults, ...group };
    this.check(hypers);
    const states = this.#buckets.states();
    this.#groupOf = [...this.#groupOf, ...params.map(() => this.paramGroups.length)];
    this.paramGroups.push({ ...hypers, params });
    this.#params = [...this.#params, ...params];
    this.#buckets = new ParamBuckets(this.#params);
    this.#buckets.setStates([...states, ...params.map(() => ({}))]);
  }

  /** What is remembered of each parameter that has been stepped: statistics, and how many steps. */
  get state(): Map<Tensor, ParamState> {
    const states = this.#buckets.states();
    return new Map(this.#params.flatMap((param, at) => (hasState(states[at]) ? [[param, states[at]]] : [])));
  }

  /** Forgets all state, as after construction. */
  clearState(): void {
    this.#buckets.clear();
  }

  /** Sets every gradient to null, so that parameters a batch does not reach are left alone by `step`. */
  zeroGrad(): void {
    zeroGrads(this.#params);
  }

  /**
   * Updates every parameter that has a gradient.
   * With a closure (which zeroes gradients, computes the loss, calls backward and returns it) runs that first.
   */
  step(): void;
  step(closure: () => Tensor): Tensor;
  step(closure?: () => Tensor): Tensor | undefined {
    const loss = closure ? enableGrad(closure) : undefined;
    noGrad(() => scope(() => this.#update()));
    return loss;
  }

  /** Groups and state in PyTorch's layout, ready for a file that Python can load. The tensors are the live ones. */
  stateDict(): OptimStateDict {
    const state: Record<string, Record<string, Tensor | number>> = {};
    this.#buckets.states().forEach((own, index) => {
      if (hasState(own)) state[index] = pythonKeys(withStepTensor(own));
    });
    let start = 0;
    const groups = this.paramGroups.map(({ params, ...hypers }) => {
      const indices = params.map((_, at) => start + at);
      start += params.length;
      return { ...pythonKeys(hypers as Record<string, SavedHyper>), ...this.pythonHypers(), params: indices };
    });
    return { state, param_groups: groups };
  }

  /** Takes groups' hyper-parameters and a copy of the state of a state dict, PyTorch's or ours. */
  loadStateDict(dict: OptimStateDict): void {
    const where = `${this.constructor.name}.loadStateDict`;
    const sizes = dict.param_groups.map((group) => (group.params as readonly number[]).length);
    const expected = this.paramGroups.map((group) => group.params.length);
    if (sizes.join() !== expected.join()) {
      throw new ValueError(
        `${where}: expected groups of ${expected.join(", ")} parameters, got groups of ${sizes.join(", ")}. ` +
          "Build the optimizer over the same groups as the saved one.",
      );
    }
    const positions = dict.param_groups.flatMap((group) => group.params as readonly number[]);
    const names = new Set(Object.keys(this.#defaults));
    dict.param_groups.forEach((saved, at) => {
      const hypers = Object.entries(ourKeys(saved)).filter(([name]) => names.has(name));
      Object.assign(this.paramGroups[at] as object, Object.fromEntries(hypers));
    });
    this.#buckets.setStates(
      this.#params.map((param, at) => {
        const saved = dict.state[positions[at] as number] ?? {};
        return loadedState(ourKeys(saved), param);
      }),
    );
  }

  /** Throws on hyper-parameters out of range. */
  protected abstract check(hypers: Required<Hypers>): void;

  /** Statistics and counters at the first step, by name; `BucketState` of the update below. */
  protected abstract init(params: TensorList, group: ParamGroup<Hypers>): BucketState;

  /** One step of the parameters of a bucket. Gradient recording is off. */
  protected abstract update(step: BucketStep, group: ParamGroup<Hypers>): void;

  /** Further entries of a saved group that Python's class has and expects. */
  protected pythonHypers(): Record<string, SavedHyper> {
    return {};
  }

  #update(): void {
    const { paramGroups } = this;
    const steps = this.#buckets.collect({
      signature: "",
      keyOf: (index) => String(this.#groupOf[index]),
      init: (params, index) => this.init(params, paramGroups[this.#groupOf[index] as number] as ParamGroup<Hypers>),
    });
    for (const step of steps) {
      const group = this.#groupOf[step.bucket.indices[0] as number] as number;
      this.update(step, paramGroups[group] as ParamGroup<Hypers>);
    }
  }
}

function isTensor(item: unknown): item is Tensor {
  return item instanceof Tensor;
}

function hasState(state: ParamState | undefined): state is ParamState {
  return state !== undefined && Object.keys(state).length > 0;
}

// PyTorch keeps the count of steps as a 0-d float tensor.
function withStepTensor(state: ParamState): ParamState {
  return typeof state.step === "number" ? { ...state, step: tensor(state.step) } : state;
}

function loadedState(saved: Readonly<Record<string, Tensor | number>>, param: Tensor): ParamState {
  const entries = Object.entries(saved).map(([name, value]): [string, Tensor | number] => {
    if (name === "step") return [name, typeof value === "number" ? value : Number(value.item())];
    return [name, typeof value === "number" ? value : copyFor(param, value)];
  });
  return Object.fromEntries(entries);
}

function copyFor(param: Tensor, value: Tensor): Tensor {
  return noGrad(() => keep(value.detach().to({ dtype: param.dtype, device: param.device, copy: true })));
}
