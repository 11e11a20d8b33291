/** What runs around a module's `forward`. */
import type { Tensor } from "../tensor.js";
import { BackwardHooks } from "./backward-hooks.js";

/** Runs before `forward`; what it returns, unless undefined, replaces the arguments (an array is the whole list). */
export type ForwardPreHook = (module: object, args: unknown[]) => unknown;

/** Runs after `forward`; what it returns, unless undefined, replaces the output. */
export type ForwardHook = (module: object, args: unknown[], output: unknown) => unknown;

/** Gradients of a module's tensors, one for each; null where there is none. */
export type Gradients = readonly (Tensor | null)[];

/** Runs when the gradients of a module's inputs are there; a list it returns replaces them. */
export type BackwardHook = (module: object, gradInput: Gradients, gradOutput: Gradients) => unknown;

/** Runs when the gradients of a module's outputs are there; a list it returns replaces them. */
export type BackwardPreHook = (module: object, gradOutput: Gradients) => unknown;

/** Takes a hook out again. Calling it twice does nothing more. */
export type Undo = () => void;

/** Options of the hooks that run around `forward`. */
export interface HookOptions {
  /** Whether the hook runs before those that are there already. Default false. */
  prepend?: boolean;
}

/** A set of hooks in the order they run. */
class HookList<Hook> {
  private entries: { hook: Hook }[] = [];

  add(hook: Hook, prepend = false): Undo {
    const entry = { hook };
    this.entries = prepend ? [entry, ...this.entries] : [...this.entries, entry];
    return () => {
      this.entries = this.entries.filter((other) => other !== entry);
    };
  }

  remove(hook: Hook): void {
    this.entries = this.entries.filter((entry) => entry.hook !== hook);
  }

  copy(): HookList<Hook> {
    const copy = new HookList<Hook>();
    copy.entries = [...this.entries];
    return copy;
  }

  /** The hooks of this moment: what one adds or takes out does not change the round. */
  *[Symbol.iterator](): Iterator<Hook> {
    for (const { hook } of this.entries) yield hook;
  }

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }
}

/** The hooks of one module. Tensors that a hook stores must be `keep()`-ed. */
export class Hooks {
  readonly before: HookList<ForwardPreHook>;
  readonly after: HookList<ForwardHook>;
  readonly beforeBackward: HookList<BackwardPreHook>;
  readonly afterBackward: HookList<BackwardHook>;

  constructor(from?: Hooks) {
    this.before = from?.before.copy() ?? new HookList();
    this.after = from?.after.copy() ?? new HookList();
    this.beforeBackward = from?.beforeBackward.copy() ?? new HookList();
    this.afterBackward = from?.afterBackward.copy() ?? new HookList();
  }

  /** The same hooks for a copy of the module. */
  copy(): Hooks {
    return new Hooks(this);
  }

  /** Runs the hooks around `module.forward(...args)`. */
  run(module: { forward(...args: unknown[]): unknown }, args: unknown[]): unknown {
    let given = args;
    for (const hook of this.before) {
      const changed = hook(module, given);
      if (changed !== undefined) given = Array.isArray(changed) ? changed : [changed];
    }
    const backward =
      this.beforeBackward.isEmpty && this.afterBackward.isEmpty
        ? null
        : new BackwardHooks(module, [...this.beforeBackward], [...this.afterBackward]);
    let output = module.forward(...(backward?.onInputs(given) ?? given));
    for (const hook of this.after) {
      const changed = hook(module, given, output);
      if (changed !== undefined) output = changed;
    }
    return backward ? backward.onOutputs(output) : output;
  }
}
