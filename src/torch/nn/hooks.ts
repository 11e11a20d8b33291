/** What runs around a module's `forward`. */

/** Runs before `forward`; what it returns, unless undefined, replaces the arguments (an array is the whole list). */
export type ForwardPreHook = (module: object, args: unknown[]) => unknown;

/** Runs after `forward`; what it returns, unless undefined, replaces the output. */
export type ForwardHook = (module: object, args: unknown[], output: unknown) => unknown;

/** Takes a hook out again. Calling it twice does nothing more. */
export type Undo = () => void;

/** The hooks of one module, in the order they were added. Tensors that a hook stores must be `keep()`-ed. */
export class Hooks {
  readonly #before = new Set<{ hook: ForwardPreHook }>();
  readonly #after = new Set<{ hook: ForwardHook }>();

  addBefore(hook: ForwardPreHook): Undo {
    return addTo(this.#before, { hook });
  }

  addAfter(hook: ForwardHook): Undo {
    return addTo(this.#after, { hook });
  }

  /** Runs the hooks around `module.forward(...args)`. */
  run(module: { forward(...args: unknown[]): unknown }, args: unknown[]): unknown {
    let given = args;
    for (const { hook } of [...this.#before]) {
      const changed = hook(module, given);
      if (changed !== undefined) given = Array.isArray(changed) ? changed : [changed];
    }
    let output = module.forward(...given);
    for (const { hook } of [...this.#after]) {
      const changed = hook(module, given, output);
      if (changed !== undefined) output = changed;
    }
    return output;
  }
}

function addTo<T>(hooks: Set<T>, entry: T): Undo {
  hooks.add(entry);
  return () => {
    hooks.delete(entry);
  };
}
