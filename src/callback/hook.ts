/** Looking into a model while it runs. */
import { mapTensors } from "../data/index.js";
import { flattenModel } from "../layers/index.js";
import { Callback, type TrainingLoop, type Undo } from "../learner/index.js";
import { checkOptions, keep, type nn, OptionError, type Tensor } from "../torch/index.js";

/**
 * What a hook makes of a call: of the module, its arguments and its output; or in a backward pass, of the module, the
 * gradients of its arguments and those of its outputs.
 */
export type HookFunc<T> = (module: nn.AnyModule, input: unknown, output: unknown) => T;

/** Options of `Hook` and `Hooks`. */
export interface HookOptions {
  /** Whether the function sees outputs; else gradients of outputs. Default true. */
  isForward?: boolean;
  /** Whether it sees tensors without their gradients' history. Default true. */
  detach?: boolean;
  /** Whether it sees them on the CPU. Default false. */
  cpu?: boolean;
}

const hookOptionKeys = ["isForward", "detach", "cpu"] as const satisfies readonly (keyof HookOptions)[];

/**
 * Calls a function whenever a module has run and keeps what it returned last in `stored`. Source: CBK-22.
 *
 * @example
 * using hook = new Hook(model, (module, input, output) => (output as Tensor).std());
 */
export class Hook<T> {
  /** What the function returned last; undefined before the first call. */
  stored: T | undefined;
  readonly #undo: () => void;

  constructor(module: nn.AnyModule, hookFunc: HookFunc<T>, options: HookOptions = {}) {
    checkOptions("Hook", options, hookOptionKeys);
    const { isForward = true, detach = true, cpu = false } = options;
    const seen = <V>(value: V): V => (detach ? mapTensors(value, (t) => away(t, cpu)) : value);
    const store = (_module: object, input: unknown, output: unknown): void => {
      this.stored = keep(hookFunc(module, seen(input), seen(output)));
    };
    this.#undo = isForward ? module.registerForwardHook(store) : module.registerFullBackwardHook(store);
  }

  /** Ends the calls. */
  remove(): void {
    this.#undo();
  }

  [Symbol.dispose](): void {
    this.remove();
  }
}

function away(t: Tensor, cpu: boolean): Tensor {
  return cpu && t.device !== "cpu" ? t.detach().to("cpu") : t.detach();
}

/** A hook on each of several modules. Source: CBK-22. */
export class Hooks<T> implements Iterable<Hook<T>> {
  readonly hooks: readonly Hook<T>[];

  constructor(modules: Iterable<nn.AnyModule>, hookFunc: HookFunc<T>, options: HookOptions = {}) {
    this.hooks = [...modules].map((module) => new Hook(module, hookFunc, options));
  }

  /** What each hook's function returned last. */
  get stored(): (T | undefined)[] {
    return this.hooks.map((hook) => hook.stored);
  }

  /** Ends all of them. */
  remove(): void {
    for (const hook of this.hooks) hook.remove();
  }

  [Symbol.iterator](): Iterator<Hook<T>> {
    return this.hooks[Symbol.iterator]();
  }

  [Symbol.dispose](): void {
    this.remove();
  }
}

/** Options of `hookOutput` and `hookOutputs`. */
export interface HookOutputOptions extends Omit<HookOptions, "isForward"> {
  /** Whether the gradient of the output is stored instead. Default false. */
  grad?: boolean;
}

function outputHook({ grad = false, ...options }: HookOutputOptions): [HookFunc<Tensor>, HookOptions] {
  // What modules give is a tensor, or nested lists of them that the caller knows; gradients come as a list.
  const only = (output: unknown): unknown =>
    grad && Array.isArray(output) && output.length === 1 ? output[0] : output;
  return [(_module, _input, output) => only(output) as Tensor, { ...options, isForward: !grad }];
}

/** A hook that stores the output of a module, or with `grad` its gradient. Source: CBK-22. */
export function hookOutput(module: nn.AnyModule, options: HookOutputOptions = {}): Hook<Tensor> {
  return new Hook(module, ...outputHook(options));
}

/**
 * Hooks that store the outputs of modules, or with `grad` their gradients. Source: CBK-22.
 *
 * @example
 * using hooks = hookOutputs(model.children());
 * model(x);
 * console.log(hooks.stored.map((out) => out?.shape));
 */
export function hookOutputs(modules: Iterable<nn.AnyModule>, options: HookOutputOptions = {}): Hooks<Tensor> {
  return new Hooks(modules, ...outputHook(options));
}

/** Options of `HookCallback`. */
export interface HookCallbackOptions extends HookOptions {
  /** The modules. Default: the leaves of the model that have parameters. */
  modules?: readonly nn.AnyModule[];
  /** Hooks are there in every so many-th training batch only. Default: in all batches. */
  every?: number;
  /** Whether the hooks go at the end of the fit. Default true. */
  removeEnd?: boolean;
  /** Whether leaves without parameters count too. Default false. */
  includeParamless?: boolean;
}

const hookCallbackKeys: readonly string[] = [...hookOptionKeys, "modules", "every", "removeEnd", "includeParamless"];

/** A callback with hooks on modules: subclasses say what `hook` makes of a call. Source: CBK-22. */
export abstract class HookCallback<T> extends Callback {
  /** The hooks while they are registered; afterwards with what they stored last. */
  hooks: Hooks<T> | null = null;
  /** The modules that are looked at; known from the beginning of a fit. */
  modules: readonly nn.AnyModule[];
  readonly #options: HookCallbackOptions;

  constructor(options: HookCallbackOptions = {}) {
    super();
    checkOptions(new.target.name, options, hookCallbackKeys);
    const { every } = options;
    if (every !== undefined && !(Number.isInteger(every) && every > 0)) {
      throw new OptionError(`${new.target.name}: expected every to be a whole number above 0, got ${every}.`);
    }
    this.#options = options;
    this.modules = options.modules ?? [];
  }

  /** What is stored of a call of a module. */
  abstract hook(module: nn.AnyModule, input: unknown, output: unknown): T;

  /** Whether the batch at hand is looked at. */
  protected isLookedAt(learn: TrainingLoop): boolean {
    const { every = 1 } = this.#options;
    return learn.training && learn.trainIter % every === 0;
  }

  override beforeFit(learn: TrainingLoop): Undo {
    const { modules, includeParamless = false, every, removeEnd = true } = this.#options;
    const own = new Set(learn.model.modules()); // lone parameters are leaves too, but are never called
    const leaves = flattenModel(learn.model).filter((leaf) => own.has(leaf));
    this.modules = modules ?? leaves.filter((leaf) => includeParamless || hasParams(leaf));
    if (every === undefined) this.#register();
    return () => {
      if (removeEnd) this.hooks?.remove();
    };
  }

  override beforeBatch(learn: TrainingLoop): void {
    if (this.#options.every !== undefined && this.isLookedAt(learn)) this.#register();
  }

  /** Takes the hooks away again when only some batches are looked at. Subclasses read `hooks.stored` before. */
  override afterBatch(_learn: TrainingLoop): void {
    if (this.#options.every !== undefined) this.hooks?.remove();
  }

  #register(): void {
    this.hooks?.remove();
    const { isForward, detach, cpu } = this.#options;
    this.hooks = new Hooks(this.modules, (...args) => this.hook(...args), { isForward, detach, cpu });
  }
}

/** Whether a module has a parameter. Source: CBK-23. */
export function hasParams(module: nn.AnyModule): boolean {
  return module.parameters().length > 0;
}
