/** The base class of everything that has parameters. */
import { inspect } from "node:util";
import type { Device, DType } from "../dtype.js";
import type { Tensor } from "../tensor.js";
import { Callable, hooksKey } from "./callable.js";
import { type ConvertOptions, convertModule } from "./convert.js";
import { deepCopy } from "./deep-copy.js";
import {
  type BackwardHook,
  type BackwardPreHook,
  type ForwardHook,
  type ForwardPreHook,
  type Gradients,
  type HookOptions,
  Hooks,
  type Undo,
} from "./hooks.js";
import { childModules, walk } from "./layout.js";
import { collect, findPart, once } from "./lookup.js";
import type { Buffer, Parameter } from "./parameter.js";
import { printModule } from "./printing.js";
import { type LoadOptions, type LoadReport, loadStateDict, type StateDict, stateDictOf } from "./state-dict.js";

/**
 * What the hooks are registered on. They take their types from it rather than from the class's type arguments, because
 * modules that differ in a callback's arguments would not be compatible, and no module an `AnyModule`.
 */
type CallableModule = Callable & ((...args: never[]) => unknown);

/** Any module, whatever it takes and returns. */
export type AnyModule = Module<never[], unknown>;

/**
 * A callable object with parameters. Subclasses declare fields and `forward`; `net(x)` runs the hooks and `forward`
 * inside a scope, so intermediates that nobody returned or kept are freed at once (autograd keeps what it needs).
 *
 * Own enumerable fields register themselves by type: `Parameter`, `Buffer` (see `buffer`), modules, and arrays and Maps
 * of these. State-dict keys are the field names as in PyTorch ("blocks.0.weight"). Whatever must not register goes
 * into a #private field.
 *
 * @example
 * class Net extends nn.Module<[Tensor], Tensor> {
 *   conv = new nn.Conv2d(1, 8, 3, { padding: 1 });
 *   blocks = [new nn.Linear(8, 8), new nn.Linear(8, 10)];
 *   forward(x: Tensor) {
 *     x = this.conv(x).relu().mean({ dim: [2, 3] });
 *     for (const block of this.blocks) x = block(x);
 *     return x;
 *   }
 * }
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor of Callable returns a function.
export abstract class Module<Args extends unknown[] = [Tensor], Out = Tensor> extends Callable {
  /** Whether layers such as dropout and batch norm behave as in training. Set by `train` and `eval`. */
  training = true;

  /** Computes the output. Call the module itself, `net(x)`, not this method: the call adds the scope and the hooks. */
  abstract forward(...args: Args): Out;

  /** Switches this module and everything under it to training behaviour, or out of it. */
  train(mode = true): this {
    this.training = mode;
    for (const [, child] of childModules(this)) asModule(child).train(mode);
    return this;
  }

  /** Switches to inference behaviour: `train(false)`. */
  eval(): this {
    return this.train(false);
  }

  /** The modules directly under this one, each once. */
  children(): AnyModule[] {
    return this.namedChildren().map(([, module]) => module);
  }

  /** The modules directly under this one with their field names ("blocks.0" for those in an array), each once. */
  namedChildren(): [string, AnyModule][] {
    return once(childModules(this).map(([key, module]) => [key, asModule(module)]));
  }

  /** This module and all modules under it, parents first, each once. */
  modules(): AnyModule[] {
    return this.namedModules().map(([, module]) => module);
  }

  /** This module (as `prefix`) and all modules under it with their paths, parents first, each once. */
  namedModules({ prefix = "" }: { prefix?: string } = {}): [string, AnyModule][] {
    const found: [string, AnyModule][] = [];
    walk(
      this,
      (node, path) => {
        if (node instanceof Callable) found.push([path, asModule(node)]);
      },
      prefix,
    );
    return once(found);
  }

  /** The module at a dotted path such as "layer1.0.conv1". Throws `ValueError` when there is none. */
  getSubmodule(path: string): AnyModule {
    return findPart(`${this.constructor.name}.getSubmodule`, "module", this.namedModules(), path);
  }

  /** The parameter at a dotted path such as "layer1.0.weight". Throws `ValueError` when there is none. */
  getParameter(path: string): Parameter {
    return findPart(`${this.constructor.name}.getParameter`, "parameter", collect(this, "parameters", ""), path);
  }

  /** The buffer at a dotted path such as "bn.running_mean". Throws `ValueError` when there is none. */
  getBuffer(path: string): Buffer {
    return findPart(`${this.constructor.name}.getBuffer`, "buffer", collect(this, "buffers", ""), path);
  }

  /** All parameters, each once, in PyTorch's order. */
  parameters(): Parameter[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  /** All parameters with their keys, each once (a shared one under its first key). */
  namedParameters({ prefix = "" }: { prefix?: string } = {}): [string, Parameter][] {
    return once(collect(this, "parameters", prefix));
  }

  /** All buffers, saved and unsaved, each once. */
  buffers(): Buffer[] {
    return this.namedBuffers().map(([, value]) => value);
  }

  /** All buffers with their keys, each once. */
  namedBuffers({ prefix = "" }: { prefix?: string } = {}): [string, Buffer][] {
    return once(collect(this, "buffers", prefix));
  }

  /**
   * The state under Python's keys: detached tensors that share memory with the parameters and saved buffers.
   * A shared parameter appears under each of its keys.
   */
  stateDict({ prefix = "" }: { prefix?: string } = {}): Map<string, Tensor> {
    return stateDictOf(this, prefix);
  }

  /**
   * Copies a state (a Map or a plain object) into the parameters and saved buffers, converting dtype and device.
   * Throws `StateDictError` with all missing, unexpected and mismatched keys; `strict: false` accepts missing and
   * unexpected ones and reports them.
   */
  loadStateDict(state: StateDict, options: LoadOptions = {}): LoadReport {
    return loadStateDict(this, state, options);
  }

  /**
   * Moves parameters and buffers to a device and/or a dtype, in place: the same `Parameter` objects. A dtype applies to
   * floating tensors only, as in PyTorch.
   */
  to(target: Device | DType | ConvertOptions): this {
    convertModule(this, target);
    return this;
  }

  /** Converts floating parameters and buffers to float16. */
  half(): this {
    return this.to("float16");
  }

  /** Converts floating parameters and buffers to bfloat16. */
  bfloat16(): this {
    return this.to("bfloat16");
  }

  /** Converts floating parameters and buffers to float32. */
  float(): this {
    return this.to("float32");
  }

  /** Converts floating parameters and buffers to float64. */
  double(): this {
    return this.to("float64");
  }

  /** Moves everything to the CPU. */
  cpu(): this {
    return this.to("cpu");
  }

  /** Moves everything to a GPU. */
  cuda(index = 0): this {
    return this.to(`cuda:${index}`);
  }

  /** Calls `fn` on every module under this one, children first, then on this one. */
  apply(fn: (module: AnyModule) => void): this {
    for (const [, child] of this.namedChildren()) child.apply(fn);
    fn(asModule(this));
    return this;
  }

  /** Sets whether the parameters collect gradients. */
  requiresGrad_(requiresGrad = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad_(requiresGrad);
    return this;
  }

  /** Drops the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.grad = null;
  }

  /**
   * A copy that shares nothing with this module: parameters (without their gradients), buffers, modules, hooks, and all
   * that stands in fields. The constructor does not run, so a class with `#private` fields, which nobody else can read,
   * gives a method of its own.
   */
  deepCopy(): this {
    return deepCopy(this);
  }

  /**
   * Runs `hook(module, args, output)` after each call; a value it returns replaces the output. The call is a scope:
   * a hook `keep()`s the tensors it stores. Returns the function that removes the hook.
   */
  registerForwardHook<M extends CallableModule>(
    this: M,
    hook: (module: M, args: Parameters<M>, output: ReturnType<M>) => unknown,
    { prepend = false }: HookOptions = {},
  ): Undo {
    return hooksOf(this).after.add(hook as ForwardHook, prepend);
  }

  /**
   * Runs `hook(module, args)` before each call; a value it returns replaces the arguments (an array: all of them).
   * Returns the function that removes the hook.
   */
  registerForwardPreHook<M extends CallableModule>(
    this: M,
    hook: (module: M, args: Parameters<M>) => unknown,
    { prepend = false }: HookOptions = {},
  ): Undo {
    return hooksOf(this).before.add(hook as ForwardPreHook, prepend);
  }

  /**
   * Runs `hook(module, gradInput, gradOutput)` when the gradients of a call's inputs are there, one for each argument (null
   * for what is no tensor or has none); gradients it returns replace those of the inputs. What it stores it `keep()`s.
   * Returns the function that removes the hook.
   */
  registerFullBackwardHook<M extends CallableModule>(
    this: M,
    hook: (module: M, gradInput: Gradients, gradOutput: Gradients) => unknown,
    { prepend = false }: HookOptions = {},
  ): Undo {
    return hooksOf(this).afterBackward.add(hook as BackwardHook, prepend);
  }

  /**
   * Runs `hook(module, gradOutput)` when the gradients of a call's outputs are there, before they pass through the module;
   * gradients it returns replace them. Returns the function that removes the hook.
   */
  registerFullBackwardPreHook<M extends CallableModule>(
    this: M,
    hook: (module: M, gradOutput: Gradients) => unknown,
    { prepend = false }: HookOptions = {},
  ): Undo {
    return hooksOf(this).beforeBackward.add(hook as BackwardPreHook, prepend);
  }

  /** What stands between the parentheses when the module is printed. */
  extraRepr(): string {
    return "";
  }

  /** Whether a hook was ever registered, so that the module has to be called itself. */
  get hasHooks(): boolean {
    return this[hooksKey] !== null;
  }

  /** The module as PyTorch prints it. */
  override toString(): string {
    return printModule(this);
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/** Calling the module: hooks and `forward`, inside a scope. */
export interface Module<Args extends unknown[] = [Tensor], Out = Tensor> {
  // biome-ignore lint/style/useShorthandFunctionType: it merges with the class, whose instances are functions.
  (...args: Args): Out;
}

// Every Callable is a Module: this file holds its only direct subclass.
function asModule(callable: Callable): AnyModule {
  return callable as AnyModule;
}

function hooksOf(module: Callable): Hooks {
  module[hooksKey] ??= new Hooks();
  return module[hooksKey];
}
