/** What every `torch.optim` optimizer shares: parameter groups, hooks, state dicts in Python's layout. */
import { enableGrad, noGrad, zeroGrads } from "../autograd.js";
import { isTensor } from "../containers.js";
import { checkOptions, DtypeError, ValueError } from "../errors.js";
import { scope } from "../scope.js";
import { Tensor } from "../tensor.js";
import { checkRange, type Range } from "./hyper-ranges.js";
import type { ParamState } from "./param-buckets.js";
import { ourKeys, torchKeys } from "./python-names.js";
import { counterOf, type OptimStateDict, recordOf, recordsOf, type SavedHyper, type SavedState } from "./state-dict.js";

/** What schedulers leave in a group; saved with it, as in Python. */
export interface ScheduledHypers {
  /** Learning rate that schedules start from. */
  initialLr?: number;
  /** Bounds of the schedules that have them. */
  maxLr?: number;
  minLr?: number;
  baseMomentum?: number;
  maxMomentum?: number;
  swaLr?: number;
}

const scheduledNames = ["initialLr", "maxLr", "minLr", "baseMomentum", "maxMomentum", "swaLr"] as const;

/** A group of parameters with its own hyper-parameters. Change the fields between steps as you like (`group.lr = 0.1`). */
export type ParamGroup<Hypers extends object> = Hypers &
  ScheduledHypers & {
    readonly params: readonly Tensor[];
    /** The parameters' names, where they were given. */
    readonly paramNames?: readonly string[];
  };

/** Parameters with or without names, as `module.parameters()` and `module.namedParameters()` give them. */
export type ParamList = Iterable<Tensor> | Iterable<readonly [string, Tensor]>;

/** A group as it is given: hyper-parameters that are left out are the common ones. */
export type GivenGroup<Hypers extends object> = Partial<Hypers> & { readonly params: ParamList | Tensor };

/** What an optimizer takes: parameters, or groups of them with hyper-parameters that differ from the common ones. */
export type Params<Hypers extends object> = ParamList | Iterable<GivenGroup<Hypers>>;

/** What distinguishes an optimizer, apart from its update rule. */
export interface OptimizerSpec<Hypers extends object> {
  readonly defaults: Required<Hypers>;
  /** The hyper-parameters that have bounds. */
  readonly ranges: { readonly [Name in keyof Hypers]?: Range };
  /** Further entries of a saved group, which Python's class has and expects. */
  readonly python: Readonly<Record<string, SavedHyper>>;
}

/** Options of `zeroGrad`. */
export interface ZeroGradOptions {
  /** False: fill the gradients with zeros instead of dropping them. Default true. */
  setToNone?: boolean;
}

/** What is run around a step. */
export type StepHook = (optimizer: Optimizer<object>) => void;

/** Undoes a registration. */
export type RemoveHook = () => void;

/** Base class of the optimizers. Most extend `BucketOptimizer`, which steps lists of parameters. */
export abstract class Optimizer<Hypers extends object> {
  /** The groups, in order; `optimizer.paramGroups[0].lr` is what schedulers change. */
  readonly paramGroups: ParamGroup<Hypers>[] = [];
  /** The hyper-parameters of groups that do not name their own. */
  readonly defaults: Required<Hypers>;
  readonly #spec: OptimizerSpec<Hypers>;
  readonly #before = new Set<StepHook>();
  readonly #after = new Set<StepHook>();
  #params: readonly Tensor[] = [];
  #groupOf: readonly number[] = [];

  constructor(params: Params<Hypers>, options: Partial<Hypers>, spec: OptimizerSpec<Hypers>) {
    const where = new.target.name;
    this.#spec = spec;
    checkOptions(where, options, Object.keys(spec.defaults));
    this.defaults = { ...spec.defaults, ...options };
    const items = [...params];
    if (items.length === 0) {
      throw new ValueError(`${where}: expected parameters, got none. Pass module.parameters() or a list of groups.`);
    }
    // A list holds parameters only, with or without names, or groups only.
    const isList = items.every((item) => item instanceof Tensor || Array.isArray(item));
    const groups = isList ? [{ params: items } as unknown as GivenGroup<Hypers>] : (items as GivenGroup<Hypers>[]);
    for (const group of groups) this.addParamGroup(group);
  }

  /** Adds parameters, for instance of layers unfrozen during training, with hyper-parameters of their own. */
  addParamGroup(group: GivenGroup<Hypers>): void {
    const where = this.constructor.name;
    checkOptions(where, group, ["params", ...Object.keys(this.defaults)]);
    const given = group.params instanceof Tensor ? [group.params] : [...group.params];
    const params = given.map((item) => (item instanceof Tensor ? item : item[1]));
    const names = given.flatMap((item) => (item instanceof Tensor ? [] : [item[0]]));
    this.#checkParams(params);
    const hypers = { ...this.defaults, ...group };
    this.#checkHypers(hypers, params);
    this.#groupOf = [...this.#groupOf, ...params.map(() => this.paramGroups.length)];
    this.paramGroups.push({ ...hypers, params, ...(names.length > 0 ? { paramNames: names } : {}) });
    this.#params = [...this.#params, ...params];
  }

  /** What is remembered of each parameter that has been stepped: statistics, and how many steps. */
  get state(): Map<Tensor, ParamState> {
    const states = this.states();
    return new Map(this.#params.flatMap((param, at) => (hasState(states[at]) ? [[param, states[at]]] : [])));
  }

  /** Forgets all state, as after construction. */
  clearState(): void {
    this.setStates(this.#params.map(() => ({})));
  }

  /** Drops every gradient, so that parameters a batch does not reach are left alone by `step`, or fills them with zeros. */
  zeroGrad(options: ZeroGradOptions = {}): void {
    checkOptions(`${this.constructor.name}.zeroGrad`, options, ["setToNone"]);
    if (options.setToNone ?? true) zeroGrads(this.#params);
    else scope(() => void this.#params.map((param) => param.grad?.detach().zero_()));
  }

  /**
   * Updates every parameter that has a gradient.
   * With a closure (which zeroes gradients, computes the loss, calls backward and returns it) runs that first.
   */
  step(): void;
  step(closure: () => Tensor): Tensor;
  step(closure?: () => Tensor): Tensor | undefined {
    for (const hook of this.#before) hook(this);
    const loss = noGrad(() => this.run(closure));
    for (const hook of this.#after) hook(this);
    return loss;
  }

  /** Runs `hook(optimizer)` before each step. Returns the function that removes it. */
  registerStepPreHook(hook: StepHook): RemoveHook {
    this.#before.add(hook);
    return () => this.#before.delete(hook);
  }

  /** Runs `hook(optimizer)` after each step. Returns the function that removes it. */
  registerStepPostHook(hook: StepHook): RemoveHook {
    this.#after.add(hook);
    return () => this.#after.delete(hook);
  }

  /** Groups and state in PyTorch's layout, ready for a file that Python can load. The tensors are the live ones. */
  stateDict(): OptimStateDict {
    const state = new Map<number, Record<string, SavedState>>();
    this.states().forEach((own, index) => {
      if (hasState(own)) state.set(index, this.saved(own));
    });
    let start = 0;
    const groups = this.paramGroups.map(({ params, ...hypers }) => {
      const indices = params.map((_, at) => start + at);
      start += params.length;
      const known = hypers as unknown as Record<string, SavedHyper>; // hyper-parameters are plain data
      return { ...torchKeys(known), ...this.#spec.python, params: indices };
    });
    return { state, param_groups: groups };
  }

  /** Takes groups' hyper-parameters and a copy of the state of a state dict, PyTorch's or ours, also as `load` gives it. */
  loadStateDict(dict: object): void {
    const where = `${this.constructor.name}.loadStateDict`;
    const { state, param_groups } = recordOf(where, dict);
    const groups = recordsOf(where, param_groups);
    const positions = groups.map((group) => (Array.isArray(group.params) ? group.params.map(Number) : []));
    const expected = this.paramGroups.map((group) => group.params.length);
    if (positions.map(({ length }) => length).join() !== expected.join()) {
      throw new ValueError(
        `${where}: expected groups of ${expected.join(", ")} parameters, got groups of ` +
          `${positions.map(({ length }) => length).join(", ")}. Build the optimizer over the same groups as the saved one.`,
      );
    }
    const hypers = groups.map((group) => this.#hypersOf(group));
    this.paramGroups.forEach((group, at) => {
      this.#checkHypers({ ...group, ...hypers[at] } as Required<Hypers>, group.params); // groups have them all
    });
    this.paramGroups.forEach((group, at) => {
      Object.assign(group, hypers[at]);
    });
    const states = recordOf(where, state);
    const flat = positions.flat();
    this.setStates(
      this.#params.map((param, at) => {
        const saved = states[String(flat[at])];
        return saved === undefined ? {} : this.loaded(recordOf(where, saved), param);
      }),
    );
  }

  /** All parameters, group after group. */
  protected get params(): readonly Tensor[] {
    return this.#params;
  }

  /** The group of a parameter by its position. */
  protected groupAt(index: number): ParamGroup<Hypers> {
    return this.paramGroups[this.#groupOf[index] as number] as ParamGroup<Hypers>; // every parameter has one
  }

  /** One step, with gradient recording off. */
  protected abstract run(closure: (() => Tensor) | undefined): Tensor | undefined;

  /** State by parameter, in order. Tensors are the live ones. */
  protected abstract states(): readonly ParamState[];

  /** Replaces all state: one record for each parameter, in order. */
  protected abstract setStates(states: readonly ParamState[]): void;

  /** A parameter's state as Python saves it, under its names. */
  protected abstract saved(state: ParamState): Record<string, SavedState>;

  /** A parameter's state from what was saved. */
  protected abstract loaded(saved: Readonly<Record<string, unknown>>, param: Tensor): ParamState;

  /** Throws on hyper-parameters and parameters that do not fit beyond what `ranges` say. */
  protected check(_hypers: Required<Hypers>, _params: readonly Tensor[]): void {}

  #checkHypers(hypers: Required<Hypers>, params: readonly Tensor[]): void {
    for (const [name, range] of Object.entries(this.#spec.ranges) as [keyof Hypers & string, Range][]) {
      checkRange(this.constructor.name, name, hypers[name], range);
    }
    this.check(hypers, params);
  }

  /** The hyper-parameters of a saved group; a rate that was saved as a tensor is a number here. */
  #hypersOf(saved: Readonly<Record<string, unknown>>): Partial<Hypers> {
    const names = new Set<string>([...Object.keys(this.defaults), ...scheduledNames]);
    const known = Object.entries(ourKeys(saved)).filter(([name]) => names.has(name));
    const values = known.map(([name, value]) => [name, isTensor(value) ? counterOf(value) : value]);
    return Object.fromEntries(values) as Partial<Hypers>; // their names; `checkHypers` looks at the values
  }

  #checkParams(params: readonly Tensor[]): void {
    const where = this.constructor.name;
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
      if (param.dtype.startsWith("complex")) {
        throw new DtypeError(
          `${where}: expected real parameters, got one of ${param.dtype}. Train the real view, viewAsReal, instead.`,
        );
      }
      known.add(param);
    }
  }
}

/** Runs a closure with gradient recording on. */
export function lossOf(closure: (() => Tensor) | undefined): Tensor | undefined {
  return closure ? enableGrad(closure) : undefined;
}

function hasState(state: ParamState | undefined): state is ParamState {
  return state !== undefined && Object.keys(state).length > 0;
}
