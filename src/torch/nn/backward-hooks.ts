/** What runs when gradients reach a module's outputs and its inputs. */
import { isTensor } from "../containers.js";
import { Function, type FunctionContext } from "../function.js";
import { keep } from "../scope.js";
import type { Tensor } from "../tensor.js";
import type { BackwardHook, BackwardPreHook, Gradients } from "./hooks.js";

type OnGradients = (gradients: Gradients) => Gradients;

/** Passes tensors on, and their gradients through a callback. */
class Tap extends Function {
  static override forward(ctx: FunctionContext, run: OnGradients, ...tensors: Tensor[]): Tensor[] {
    ctx.run = run;
    return tensors.map((tensor) => tensor.viewAs(tensor));
  }

  static override backward(ctx: FunctionContext, ...gradients: (Tensor | null)[]): (Tensor | null)[] {
    return [...(ctx.run as OnGradients)(gradients)]; // set by forward
  }
}

/** The value, or the list of values, with its tensors that need a gradient passed through a tap. */
function tap(value: unknown, run: OnGradients): unknown {
  const values = Array.isArray(value) ? value : [value];
  const places = values.flatMap((item, i) => (isTensor(item) && item.requiresGrad ? [i] : []));
  const tensors = places.map((i) => values[i] as Tensor); // chosen so
  const tapped = Tap.apply(
    (gradients) => {
      const all = values.map((_, i) => gradients[places.indexOf(i)] ?? null);
      const changed = run(all);
      return places.map((i) => changed[i] ?? null);
    },
    ...tensors,
  );
  const out = values.map((item, i) => tapped[places.indexOf(i)] ?? item);
  return Array.isArray(value) ? out : out[0];
}

function needsGradient(values: readonly unknown[]): boolean {
  return values.some((value) => isTensor(value) && value.requiresGrad);
}

function replaced(grads: Gradients, returned: unknown): Gradients {
  return Array.isArray(returned) ? (returned as Gradients) : grads; // hooks return gradients or nothing
}

/** One call of a module under backward hooks: the gradients of its outputs arrive first, those of its inputs last. */
export class BackwardHooks {
  private inputs: readonly unknown[] = [];
  private gradOutput: Gradients = [];

  constructor(
    private readonly module: object,
    private readonly before: readonly BackwardPreHook[],
    private readonly after: readonly BackwardHook[],
  ) {}

  /** The arguments for `forward`. */
  onInputs(args: unknown[]): unknown[] {
    this.inputs = args;
    if (!needsGradient(args)) return args;
    return tap(args, (gradients) => this.finish(gradients)) as unknown[]; // a list gives a list
  }

  /** The output for the caller. */
  onOutputs(output: unknown): unknown {
    if (!needsGradient(Array.isArray(output) ? output : [output])) return output;
    return tap(output, (gradients) => {
      let grads = gradients;
      for (const hook of this.before) grads = replaced(grads, hook(this.module, grads));
      this.gradOutput = keep([...grads]);
      if (!needsGradient(this.inputs)) this.finish(this.inputs.map(() => null));
      return grads;
    });
  }

  private finish(gradInput: Gradients): Gradients {
    let grads = gradInput;
    for (const hook of this.after) grads = replaced(grads, hook(this.module, grads, this.gradOutput));
    return grads;
  }
}
